"""The bootstrap of more rows than can be resampled two thousand times: that of a sample, brought to their number.

An m-out-of-n bootstrap (Bickel, Götze & van Zwet, Statistica Sinica 1997): all resamples are of one sample of m rows
(or of whole groups), drawn without replacement. A metric of n rows varies √(m/n) times as much as one of m, so what a
resample is off the sample's own value is shrunk by that, and added to the value of all rows. `make bench ARGS=coverage`
counts how often such an interval holds the truth.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.evaluate.bootstrap import Subset, resample_parts
from harness.evaluate.confusion import noisy_rows
from harness.evaluate.formulas import Measured
from harness.evaluate.honest import spread_rows
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
    every = units or Units(len(sample.y))
    if not drawn_apart(every):
        return resample_parts([sample], parts, resamples, seed, units)[0]
    return [_resample(part, part.of(sample), resamples, seed, every.take(part.rows)) for part in parts]


def _resample(part: Subset, whole: Sample, resamples: int, seed: int, units: Units) -> Measured:
    places = units.rows * (units.rows - 1) // 2 if part.rows is None else int(part.rows.sum())
    rng = np.random.default_rng([seed, units.rows, places % 2**32])  # other rows, other draws
    names = part.metrics or tuple(whole.names())
    kept, shrink = _sampled(whole, units, names, rng)
    own_seed = int(rng.integers(2**32))
    if shrink == 1:
        return _drawn(whole, part.metrics, resamples, own_seed, units)
    apart = tuple(name for name in names if name in NOT_BY_ROOT or name in whole.called)
    exact = apart if units.rows <= MOST_EXACT else ()
    some = whole.take(kept)
    drawn = _drawn(some, tuple(name for name in names if name not in exact), resamples, own_seed, units.take(kept))
    at, centre = whole.estimates(list(drawn)), some.estimates(list(drawn))
    found = {name: at[name] + shrink * (values - centre[name]) for name, values in drawn.items()}
    found |= {name: np.full(resamples, np.nan) for name in NOT_BY_ROOT & found.keys()}
    return found | (_drawn(whole, exact, resamples, own_seed, units) if exact else {})


def _drawn(sample: Sample, names: tuple[str, ...] | None, resamples: int, seed: int, units: Units) -> Measured:
    if units.groups is not None:
        units = Units(units.rows, np.unique(units.groups, return_inverse=True)[1])
    return resample_parts([sample], [Subset(None, names)], resamples, seed, units)[0][0]


def _sampled(
    sample: Sample, units: Units, names: Sequence[str], rng: np.random.Generator
) -> tuple[NDArray[np.int64], float]:
    """Positions (m,) of the rows, or of those of whole groups, that are resampled, and √(m/n)."""
    most = max(MOST_RESAMPLED, int(np.ceil(units.rows * _least_share(sample, units, names))))
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


def _least_share(sample: Sample, units: Units, names: Sequence[str]) -> float:
    """The share of the rows that a sample needs so that what is rare is not lost in it."""
    found = (noisy_rows(name, sample, units) for name in names)
    needed = [0.0, *(NOISY_RESAMPLED / rows for rows in found if rows)]  # without noise there is nothing to lose
    if sample.task == "regression":
        needed.append(NOISY_RESAMPLED / spread_rows((sample.scores[:, 0] - sample.y) ** 2))
    else:
        counts = np.bincount(sample.y)
        needed.append(RAREST_RESAMPLED / int(counts[counts > 0].min()))
    return min(1.0, max(needed))
