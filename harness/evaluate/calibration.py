"""Calibration: whether what is predicted is what is observed."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.core.contract import Task
from harness.core.metrics_file import CalibrationBin
from harness.evaluate.formulas import Truth

MOST_BINS = 10


class Pair(NamedTuple):
    """What was predicted of each row and what was observed, both (n,)."""

    predicted: NDArray[np.float64]
    observed: NDArray[np.float64]


def calibration_bins(task: Task, y: Truth, scores: NDArray[np.float64]) -> list[CalibrationBin]:
    """Mean prediction and what was observed, in up to 10 bins of equal numbers of rows.

    Binary: probability of the positive class. Multiclass: probability of the predicted class. Regression: the value.
    """
    predicted, observed = predicted_and_observed(task, y, scores)
    edges = np.unique(np.quantile(predicted, np.arange(1, MOST_BINS) / MOST_BINS))
    bins = np.digitize(predicted, edges)
    return [
        CalibrationBin(
            predicted=float(predicted[rows].mean()), observed=float(observed[rows].mean()), rows=int(rows.sum())
        )
        for rows in (bins == number for number in np.unique(bins))
    ]


def calibration_error(task: Task, y: Truth, scores: NDArray[np.float64]) -> float:
    """Expected calibration error: mean |predicted − observed| over the bins (Naeini et al., AAAI 2015)."""
    bins = calibration_bins(task, y, scores)
    return sum(abs(part.predicted - part.observed) * part.rows for part in bins) / len(y)


def predicted_and_observed(task: Task, y: Truth, scores: NDArray[np.float64]) -> Pair:
    """The pair that calibration compares."""
    if task == "regression":
        return Pair(scores[:, 0], y.astype(float))
    if task == "binary":
        return Pair(scores[:, 1], (y == 1).astype(float))
    return Pair(scores.max(axis=1), (scores.argmax(axis=1) == y).astype(float))
