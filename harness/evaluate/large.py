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
from harness.evaluate.formulas import Measured
from harness.evaluate.sample import Sample
from harness.evaluate.units import Units

MOST_RESAMPLED = 100_000  # rows that are resampled
NOT_BY_ROOT = {"recall_at_precision"}  # a maximum: what √(m/n) makes of it held the truth in 79 of 100 cases
RAREST_RESAMPLED = 2_000  # of the rarest class, or all that there are: more rows are resampled where it takes them


def resample_large(
    sample: Sample, parts: Sequence[Subset], resamples: int, seed: int, units: Units | None = None
) -> list[Measured]:
    """Each part's metrics under resamples of the rows: name → (resamples,).

    Up to MOST_RESAMPLED rows, all parts see the same resamples of all rows. So they do where a time is declared, for
    days are too few to be sampled. Of more rows each part is resampled by itself: parts that share no row vary
    independently.
    """
    every = units or Units(len(sample.y))
    if every.rows <= MOST_RESAMPLED or every.blocks is not None:
        return resample_parts([sample], parts, resamples, seed, units)[0]
    return [_resample(sample, part, resamples, seed, every) for part in parts]


def _resample(sample: Sample, part: Subset, resamples: int, seed: int, units: Units) -> Measured:
    rows = np.arange(units.rows) if part.rows is None else part.rows
    rng = np.random.default_rng([seed, len(rows), int(rows.sum()) % 2**32])  # other rows, other draws
    whole = sample.take(rows)
    kept, shrink = _sampled(whole, units.take(rows), rng)
    some, drawable = whole.take(kept), units.take(rows[kept])
    if drawable.groups is not None:
        drawable = Units(drawable.rows, np.unique(drawable.groups, return_inverse=True)[1])
    subset = [Subset(None, part.metrics)]
    drawn = resample_parts([some], subset, resamples, int(rng.integers(2**32)), drawable)[0][0]
    if shrink == 1:
        return drawn
    at, centre = whole.estimates(list(drawn)), some.estimates(list(drawn))
    return {
        name: np.full(resamples, np.nan) if name in NOT_BY_ROOT else at[name] + shrink * (values - centre[name])
        for name, values in drawn.items()
    }


def _sampled(sample: Sample, units: Units, rng: np.random.Generator) -> tuple[NDArray[np.int64], float]:
    """Positions (m,) of the rows, or of those of whole groups, that are resampled, and √(m/n)."""
    most = MOST_RESAMPLED
    if sample.task != "regression":
        counts = np.bincount(sample.y)
        most = max(most, int(units.rows * min(1, RAREST_RESAMPLED / counts[counts > 0].min())))
    if units.rows <= most:
        return np.arange(units.rows), 1.0
    if units.groups is None:
        return np.sort(rng.choice(units.rows, most, replace=False)), float(np.sqrt(most / units.rows))
    names, groups = np.unique(units.groups, return_inverse=True)
    order = rng.permutation(len(names))
    ends = np.bincount(groups)[order].cumsum()
    count = max(1, int(np.searchsorted(ends, most, side="right")))
    chosen = np.zeros(len(names), bool)
    chosen[order[:count]] = True
    return np.flatnonzero(chosen[groups]), float(np.sqrt(count / len(names)))
