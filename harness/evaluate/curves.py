"""Curves of two models as points, few enough to travel in a report."""

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve, roc_curve

from harness.evaluate.metrics import Floats, Sample, calibration_bins
from harness.report.report import Curve

POINTS = 200


def curves(base: Sample | None, candidate: Sample) -> list[Curve]:
    """Calibration of both models; for binary tasks ROC and precision over recall too, where both classes are there."""
    found = []
    for model, sample in (("base", base), ("candidate", candidate)):
        if sample is None:
            continue
        bins = calibration_bins(sample)
        points = {"calibration": ([b["predicted"] for b in bins], [b["observed"] for b in bins])}
        if sample.task == "binary" and 0 < (sample.y == 1).sum() < len(sample.y):
            false_positives, true_positives, _ = roc_curve(sample.y, sample.scores[:, 1])
            precision, recall, _ = precision_recall_curve(sample.y, sample.scores[:, 1])
            points["roc"] = _thin(false_positives, true_positives)
            points["precision_recall"] = _thin(recall[::-1], precision[::-1])
        found += [
            Curve.model_validate({"plot": plot, "model": model, "x": x, "y": y}) for plot, (x, y) in points.items()
        ]
    return found


def _thin(x: Floats, y: Floats) -> tuple[list[float], list[float]]:
    kept: NDArray[np.int64] = np.unique(np.linspace(0, len(x) - 1, min(len(x), POINTS)).round().astype(np.int64))
    return x[kept].round(4).tolist(), y[kept].round(4).tolist()
