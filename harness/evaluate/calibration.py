"""Calibration: whether what is predicted is what is observed."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.core.contract import Task
from harness.core.metrics_file import CalibrationBin, MetricInterval
from harness.evaluate.formulas import SMALLEST_CHANCE, Truth
from harness.evaluate.metrics import CALIBRATION_LINE
from harness.evaluate.units import NORMAL_QUANTILE, Places, Units

MOST_BINS = 10
NEWTON_STEPS = 30


class Pair(NamedTuple):
    """What was predicted of each row and what was observed, both (n,)."""

    predicted: NDArray[np.float64]
    observed: NDArray[np.float64]


def calibration_bins(task: Task, y: Truth, scores: NDArray[np.float64]) -> list[CalibrationBin]:
    """Mean prediction and mean truth in up to 10 equal bins of rows with y (n,), scores (n, classes) or (n, 1).

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


def debiased_error(task: Task, y: Truth, scores: NDArray[np.float64]) -> float:
    """Mean squared calibration error less what chance alone makes of it: about 0, or below, if chances are true.

    Σ n/N [(p − o)² − o(1 − o)/(n − 1)] over bins of two rows or more (Kumar, Liang & Ma, NeurIPS 2019).
    """
    bins = [part for part in calibration_bins(task, y, scores) if part.rows > 1]
    errors = (
        part.rows * ((part.predicted - part.observed) ** 2 - part.observed * (1 - part.observed) / (part.rows - 1))
        for part in bins
    )
    return sum(errors) / len(y)


def calibration_line(y: Truth, scores: NDArray[np.float64], units: Units) -> list[MetricInterval]:
    """Slope and intercept, with 95 % intervals, of y (n,) on the log odds of a binary model's scores (n, 2) (Cox 1958).

    A slope of 1 and an intercept of 0 are right; below 1 the model is too sure of itself. The errors are those of
    whole groups and days if these are declared. Empty if the line cannot be fitted: one class, or no overlap.
    """
    chance = np.clip(scores[:, 1], SMALLEST_CHANCE, 1 - SMALLEST_CHANCE)
    X = np.column_stack([np.log(chance / (1 - chance)), np.ones(len(y))])
    found = np.array([1.0, 0.0])
    for _ in range(NEWTON_STEPS):
        fitted = 1 / (1 + np.exp(-np.clip(X @ found, -30, 30)))
        curvature = (X * (fitted * (1 - fitted))[:, None]).T @ X
        if np.linalg.cond(curvature) > 1e10:
            return []
        step = np.linalg.solve(curvature, X.T @ (y - fitted))
        found += step
        if np.abs(step).max() < 1e-8:
            break
    else:
        return []
    inverse, parts = np.linalg.inv(curvature), X * (y - fitted)[:, None]
    errors = [_sandwich(inverse, parts, places) for _, places in units.declared()] or [_sandwich(inverse, parts, None)]
    half = NORMAL_QUANTILE * np.sqrt(np.max(errors, axis=0))
    named = zip(CALIBRATION_LINE, found, half, strict=True)
    return [MetricInterval(metric=name, value=at, low=at - h, high=at + h) for name, at, h in named]


def _sandwich(inverse: NDArray[np.float64], parts: NDArray[np.float64], places: Places | None) -> NDArray[np.float64]:
    """Variances of slope and intercept, of rows or of what goes together."""
    if places is not None:
        parts = np.column_stack([np.bincount(places, column) for column in parts.T])
    variances: NDArray[np.float64] = np.diag(inverse @ (parts.T @ parts) @ inverse)
    return variances


def predicted_and_observed(task: Task, y: Truth, scores: NDArray[np.float64]) -> Pair:
    """The two columns (n,) that calibration compares, of y (n,) and scores (n, classes) or (n, 1)."""
    if task == "regression":
        return Pair(scores[:, 0], y.astype(float))
    if task == "binary":
        return Pair(scores[:, 1], (y == 1).astype(float))
    return Pair(scores.max(axis=1), (scores.argmax(axis=1) == y).astype(float))
