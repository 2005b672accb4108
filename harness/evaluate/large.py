"""The bootstrap of more rows than can be resampled two thousand times: that of a sample, brought to their number.

An m-out-of-n bootstrap (Bickel, Götze & van Zwet, Statistica Sinica 1997): all resamples are of one sample of m rows
(or of whole groups), drawn without replacement. A metric of n rows varies √(m/n) times as much as one of m, so what a
resample is off the sample's own value is shrunk by that, and added to the value of all rows. Several models share the
sample and its resamples. `make bench ARGS="coverage paired"` counts how often such intervals hold the truth.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.evaluate.bootstrap import Subset, resample_parts
from harness.evaluate.confusion import noisy_rows
from harness.evaluate.formulas import Measured
from harness.evaluate.honest import spread_rows
from harness.evaluate.paired_noise import differing_rows
from harness.evaluate.sample import Sample
from harness.evaluate.units import Units

MOST_RESAMPLED = 25_000  # rows that are resampled
MOST_EXACT = 100_000  # of metrics for which √(m/n) is not known to hold: up to here all rows are resampled
NOT_BY_ROOT = {"recall_at_precision"}  # a maximum: what √(m/n) makes of it held the truth in 79 of 100 cases
# More rows are resampled where it takes them to have so many, or all that there are:
RAREST_RESAMPLED = 2_000  # of the rarest class
NOISY_RESAMPLED = 200  # from which a metric's noise comes: of few errors a sample would hold hardly any
GROUPS_RESAMPLED = 1_000  # groups


def drawn_apart(units: Units) -> bool:
    """Whether the rows are so many that each part of them is resampled by itself."""
    return units.rows > MOST_RESAMPLED and units.blocks is None


def resample_large(
    sample: Sample, parts: Sequence[Subset], resamples: int, seed: int, units: Units | None = None
) -> list[Measured]:
    """Each part's metrics under resamples of the rows: name → (resamples,).

    Up to MOST_RESAMPLED rows, all parts see the same resamples of all rows. So they do where a time is declared, for
    days are too few to be sampled. Of more rows each part is resampled by itself: parts that share no row vary
    independently.
    """
    return resample_models([sample], parts, resamples, seed, units)[0]


def resample_models(
    samples: Sequence[Sample], parts: Sequence[Subset], resamples: int, seed: int, units: Units | None = None
) -> list[list[Measured]]:
    """The same of several models on the same rows, all under the same resamples: [sample][part][name] (resamples,)."""
    every = units or Units(len(samples[0].y))
    if not drawn_apart(every):
        return resample_parts(samples, parts, resamples, seed, units)
    found = [
        _resample(part, [part.of(sample) for sample in samples], resamples, seed, every.take(part.rows))
        for part in parts
    ]
    return [list(of_sample) for of_sample in zip(*found, strict=True)]


def _resample(part: Subset, wholes: Sequence[Sample], resamples: int, seed: int, units: Units) -> list[Measured]:
    places = units.rows * (units.rows - 1) // 2 if part.rows is None else int(part.rows.sum())
    rng = np.random.default_rng([seed, units.rows, places % 2**32])  # other rows, other draws
    first = wholes[0]
    names = part.metrics or tuple(first.names())
    kept, shrink = _sampled(wholes, units, names, rng)
    own_seed = int(rng.integers(2**32))
    if shrink == 1:
        return _drawn(wholes, part.metrics, resamples, own_seed, units)
    apart = tuple(name for name in names if name in NOT_BY_ROOT or name in first.called)
    if units.rows > MOST_EXACT:  # a change of such a metric would else have no interval, and rules on it fail
        apart = tuple(name for name in apart if name in NOT_BY_ROOT) if len(wholes) > 1 else ()
    somes = [whole.take(kept) for whole in wholes]
    sampled = _drawn(somes, tuple(name for name in names if name not in apart), resamples, own_seed, units.take(kept))
    exact = _drawn(wholes, apart, resamples, own_seed, units) if apart else [{} for _ in wholes]
    found = []
    for whole, some, drawn, all_drawn in zip(wholes, somes, sampled, exact, strict=True):
        at, centre = whole.estimates(list(drawn)), some.estimates(list(drawn))
        moved = {name: at[name] + shrink * (values - centre[name]) for name, values in drawn.items()}
        unknown = {name: np.full(resamples, np.nan) for name in NOT_BY_ROOT & moved.keys()}
        found.append(moved | unknown | all_drawn)
    return found


def _drawn(
    samples: Sequence[Sample], names: tuple[str, ...] | None, resamples: int, seed: int, units: Units
) -> list[Measured]:
    if units.groups is not None:
        units = Units(units.rows, np.unique(units.groups, return_inverse=True)[1])
    return [part for (part,) in resample_parts(samples, [Subset(None, names)], resamples, seed, units)]


def _sampled(
    samples: Sequence[Sample], units: Units, names: Sequence[str], rng: np.random.Generator
) -> tuple[NDArray[np.int64], float]:
    """Positions (m,) of the rows, or of those of whole groups, that are resampled, and √(m/n)."""
    most = max(MOST_RESAMPLED, int(np.ceil(units.rows * _least_share(samples, units, names))))
    if units.rows <= most:
        return np.arange(units.rows), 1.0
    if units.groups is None:
        return np.sort(rng.choice(units.rows, most, replace=False)), float(np.sqrt(most / units.rows))
    labels, groups = np.unique(units.groups, return_inverse=True)
    order = rng.permutation(len(labels))
    ends = np.bincount(groups)[order].cumsum()
    count = min(len(labels), max(GROUPS_RESAMPLED, int(np.searchsorted(ends, most, side="right"))))
    if count == len(labels):
        return np.arange(units.rows), 1.0
    chosen = np.zeros(len(labels), bool)
    chosen[order[:count]] = True
    return np.flatnonzero(chosen[groups]), float(np.sqrt(count / len(labels)))


def _least_share(samples: Sequence[Sample], units: Units, names: Sequence[str]) -> float:
    """The share of the rows that a sample needs so that what is rare is not lost in it."""
    first, *others = samples
    found = [noisy_rows(name, first, units) for name in names]
    if others:  # a change has its noise from the rows on which the models differ
        found = [differing_rows(name, first, other, units) for other in others for name in names]
    elif first.task == "regression":
        found.append(spread_rows((first.scores[:, 0] - first.y) ** 2))
    needed = [0.0, *(NOISY_RESAMPLED / rows for rows in found if rows)]  # without noise there is nothing to lose
    if first.task != "regression":
        counts = np.bincount(first.y)
        needed.append(RAREST_RESAMPLED / int(counts[counts > 0].min()))
    return min(1.0, max(needed))
