"""How often the prediction intervals, or sets, of a conformal model hold the truth of the test rows."""

import numpy as np
from numpy.typing import NDArray

from harness.core.contract import Label
from harness.core.metrics_file import Coverage
from harness.evaluate.sample import Sample
from harness.evaluate.slices import Slice
from harness.evaluate.units import NORMAL_QUANTILE, Units, effective
from harness.inference.conformal import Conformal


def coverages(sample: Sample, conformal: Conformal, slices: list[Slice], units: Units) -> list[Coverage]:
    """Of all rows, then of each slice that has any."""
    covered, sizes = _held(sample, conformal)

    def of(column: str | None, value: Label | None, rows: NDArray[np.int64]) -> Coverage:
        share = float(covered[rows].mean())
        low, high = share_interval(covered[rows], units.take(rows))
        return Coverage(
            column=column,
            value=value,
            rows=len(rows),
            asked=conformal.confidence,
            coverage=share,
            low=low,
            high=high,
            size=float(sizes[rows].mean()),
        )

    parts = [(part.column, part.value, np.flatnonzero(part.inside)) for part in slices if part.inside.any()]
    return [of(None, None, np.arange(len(covered))), *(of(*part) for part in parts)]


def _held(sample: Sample, conformal: Conformal) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Whether the truth of each row is inside (n,), and how wide its interval is, or how many classes its set has."""
    scores = sample.scores.astype(np.float32)  # as the model file gives them
    if sample.task == "regression":
        low, high = conformal.intervals(scores)
        return ((low <= sample.y) & (sample.y <= high)).astype(float), high - low
    inside = conformal.sets(scores)
    return inside[np.arange(len(inside)), sample.y].astype(float), inside.sum(axis=1).astype(float)


def share_interval(hits: NDArray[np.float64], units: Units) -> tuple[float, float]:
    """The 95 % interval (Wilson 1927) of the share of hits (n,); dependent rows count as fewer."""
    share, rows = hits.mean(), float(len(hits))
    for _, places in units.declared():
        sums = np.bincount(places, hits - share)
        noise = (sums**2).sum() / len(hits) ** 2
        rows = min(rows, share * (1 - share) / noise if noise else effective(np.bincount(places)))
    square = NORMAL_QUANTILE**2
    middle = (share + square / (2 * rows)) / (1 + square / rows)
    half = NORMAL_QUANTILE * np.sqrt(share * (1 - share) / rows + square / (4 * rows**2)) / (1 + square / rows)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))
