"""How well the noise of an area under the ROC curve is known: where one class is rare, from its few rows alone."""

import numpy as np
from numpy.typing import NDArray

from harness.evaluate.sample import Sample
from harness.evaluate.units import student_factor

MANY_RARE = 2000  # rows of the rarest class: more change no interval by a thousandth of its width


def area_widening(sample: Sample) -> float:
    """How much wider than the normal quantile makes it an interval of an area must be.

    The variance is a sum over the classes, each estimated from its own rows: Student's quantile with Satterthwaite's
    degrees of freedom, as Brunner & Munzel (Biometrical Journal 2000) take it. A resample of n rows has (n − 1)/n of
    their variance.
    """
    counts = np.bincount(sample.y)
    if counts[counts > 0].min() >= MANY_RARE:
        return 1.0
    effects = area_effects(sample)
    parts = [effects[sample.y == k] for k in np.flatnonzero(counts > 1)]
    variances = np.array([len(part) * part.var(ddof=1) for part in parts])
    if not variances.any():
        return 1.0
    degrees = variances.sum() ** 2 / sum(v**2 / (len(part) - 1) for v, part in zip(variances, parts, strict=True))
    return student_factor(degrees) * float(np.sqrt(1 + 1 / degrees))


def area_effects(sample: Sample) -> NDArray[np.float64]:
    """What each row (n,) adds to the area, or to the mean of the classes' areas, less a constant for its class."""
    added = np.zeros(len(sample.y))
    for k in [1] if sample.task == "binary" else range(sample.scores.shape[1]):
        positive, score = sample.y == k, sample.scores[:, k]
        above, below = score[positive], score[~positive]
        added[positive] += _share_below(below, above) / max(1, len(above))
        added[~positive] -= _share_below(above, below) / max(1, len(below))
    return added


def _share_below(scores: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share of scores below each of others, equal ones half."""
    ordered = np.sort(scores)
    places = np.searchsorted(ordered, at, "left") + np.searchsorted(ordered, at, "right")
    share: NDArray[np.float64] = places / 2 / max(1, len(scores))
    return share
