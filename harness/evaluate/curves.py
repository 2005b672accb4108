"""Curves of one model: ROC and precision over recall, each computed once, thinned to what a picture can show."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.evaluate.calibration import calibration_bins
from harness.evaluate.sample import Sample


class CurvePoints(NamedTuple):
    """A curve: both (points,)."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]

    def thinned(self, most: int) -> "CurvePoints":
        """At most `most` points, evenly spread, first and last among them."""
        kept = spread(len(self.x), most)
        return CurvePoints(self.x[kept], self.y[kept])


def spread(rows: int, most: int) -> NDArray[np.int64]:
    """Positions (k,) of at most `most` rows, evenly spread, with the first and the last."""
    return np.unique(np.linspace(0, rows - 1, min(rows, most)).round().astype(np.int64))


def ranking_curves(positive: NDArray[np.bool_], score: NDArray[np.float64]) -> dict[str, CurvePoints]:
    """ROC, and precision over recall, of positive (n,) and score (n,), with both classes; scikit-learn's points."""
    order = np.argsort(-score, kind="stable")
    ends = np.flatnonzero(np.diff(score[order], append=-np.inf))  # equal scores are one step
    hits = positive[order].cumsum()[ends].astype(float)
    called, found = ends + 1.0, hits / hits[-1]
    false_positives = (called - hits) / (called[-1] - hits[-1])
    return {
        "roc": CurvePoints(np.concatenate([[0.0], false_positives]), np.concatenate([[0.0], found])),
        "precision_recall": CurvePoints(np.concatenate([[0.0], found]), np.concatenate([[1.0], hits / called])),
    }


def residual_quantiles(sample: Sample) -> CurvePoints:
    """Of a regression's errors, actual less predicted: up to which value lies which share of the rows."""
    shares = np.arange(1, 100) / 100
    return CurvePoints(shares, np.quantile(sample.y - sample.scores[:, 0], shares))


def curves_of(sample: Sample) -> dict[str, CurvePoints]:
    """Calibration; of a regression the residuals' quantiles; of a binary task ROC and precision over recall too."""
    bins = calibration_bins(sample.task, sample.y, sample.scores)
    predicted, observed = np.array([part.predicted for part in bins]), np.array([part.observed for part in bins])
    found = {"calibration": CurvePoints(predicted, observed)}
    if sample.task == "regression":
        found["residuals"] = residual_quantiles(sample)
    if sample.task == "binary" and 0 < (sample.y == 1).sum() < len(sample.y):
        found |= ranking_curves(sample.y == 1, sample.scores[:, 1])
    return found
