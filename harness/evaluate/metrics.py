"""Metrics of the three tasks, each computed for many weightings of the same rows at once.

A weighting says how often each row counts. All ones gives the estimate; a bootstrap resample is a draw of counts. So
the order of the rows is found once and no resample sorts anything. With all ones each metric is scikit-learn's
(`tests/harness/evaluate/test_metrics.py` compares them).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from harness.core.contract import Task
from harness.inference.predictor import decide

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Values = dict[str, Floats]
SMALLEST = float(np.finfo(np.float32).eps)  # probability that a logarithm is taken of, at least
BINS = 10
RARE = 30


@dataclass(frozen=True)
class Metric:
    """Which way is better, and from how many rows its bootstrap interval covers the truth in 95 ± 2 of 100 cases.

    Those row counts are what `make bench ARGS=coverage` found, and for the change between two models on the same rows
    `ARGS=paired`; None: it never does. Metrics that look at each class by itself also need rows of the rarest one.
    """

    better: Literal["higher", "lower"]
    interval_rows: int | None = 100
    class_rows: int = 0
    paired_rows: int = 100


CLASSIFICATION = {
    "log_loss": Metric("lower", 250),
    "brier": Metric("lower", 250),
    "accuracy": Metric("higher"),
    "balanced_accuracy": Metric("higher", 250, RARE, 250),
}
# A resample has rows twice, which looks like miscalibration: its interval lies above the truth.
ERROR = {"expected_calibration_error": Metric("lower", None)}
METRICS: dict[Task, dict[str, Metric]] = {
    "binary": {"roc_auc": Metric("higher", class_rows=RARE), "average_precision": Metric("higher", 250, 100)}
    | CLASSIFICATION
    | {"f1": Metric("higher", 100, RARE, 250)}
    | ERROR,
    "multiclass": {
        "roc_auc_ovr": Metric("higher", class_rows=RARE),
        "average_precision_macro": Metric("higher", 1000, RARE),
    }
    | CLASSIFICATION
    | {"f1_macro": Metric("higher", class_rows=RARE)}
    | ERROR,
    "regression": {
        "rmse": Metric("lower", 1000),
        "mae": Metric("lower"),
        "r2": Metric("higher", 250),
        "median_absolute_error": Metric("lower"),
    },
}


@dataclass(frozen=True)
class Sample:
    """Rows with their truth (index of the class, or value) and the model's scores (n, classes) or (n, 1)."""

    task: Task
    y: NDArray[Any]
    scores: Floats
    threshold: float | None = None

    def take(self, rows: NDArray[Any]) -> "Sample":
        """The sample of some of the rows."""
        return Sample(self.task, self.y[rows], self.scores[rows], self.threshold)

    @cached_property
    def labels(self) -> Ints:
        """Index of the predicted class of each row."""
        return decide(self.scores, self.threshold)

    def values(self, weights: Floats) -> Values:
        """Each metric that can be resampled, for weightings (m, n): name → (m,); NaN where it is undefined."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self._measure(weights)

    def estimates(self) -> dict[str, float]:
        """Each metric of all rows; NaN where it is undefined (one class only, say)."""
        found = {name: float(value[0]) for name, value in self.values(np.ones((1, len(self.y)))).items()}
        if self.task != "regression":
            found["expected_calibration_error"] = calibration_error(self)
        return {name: found[name] for name in METRICS[self.task]}

    @cached_property
    def _measure(self) -> Callable[[Floats], Values]:
        kinds = {"binary": _binary, "multiclass": _multiclass, "regression": _regression}
        return kinds[self.task](self)


def _binary(sample: Sample) -> Callable[[Floats], Values]:
    rank = _ranking(sample.y == 1, sample.scores[:, 1])
    count = _classification(sample)

    def measure(weights: Floats) -> Values:
        rates, common = count(weights)
        roc_auc, average_precision = rank(weights)
        return {"roc_auc": roc_auc, "average_precision": average_precision, "f1": rates[:, 1], **common}

    return measure


def _multiclass(sample: Sample) -> Callable[[Floats], Values]:
    ranks = [_ranking(sample.y == k, sample.scores[:, k]) for k in range(sample.scores.shape[1])]
    count = _classification(sample)

    def measure(weights: Floats) -> Values:
        f1, common = count(weights)
        roc_auc, average_precision = np.mean([rank(weights) for rank in ranks], axis=0)
        ranked = {"roc_auc_ovr": roc_auc, "average_precision_macro": average_precision}
        return {**ranked, "f1_macro": _mean_of_defined(f1), **common}

    return measure


def _classification(sample: Sample) -> Callable[[Floats], tuple[Floats, Values]]:
    """F1 of each class (m, classes), and what binary and multiclass share: all of it linear in the weights."""
    truth = np.eye(sample.scores.shape[1])[sample.y]
    called = np.eye(sample.scores.shape[1])[sample.labels]
    chance = np.clip(sample.scores[np.arange(len(sample.y)), sample.y], SMALLEST, 1)
    squares = ((sample.scores - truth) ** 2).sum(axis=1) / (2 if sample.task == "binary" else 1)
    hits = (sample.labels == sample.y).astype(float)
    table = np.column_stack([truth, called, truth * called, -np.log(chance), squares, hits])

    def count(weights: Floats) -> tuple[Floats, Values]:
        sums, total = weights @ table, weights.sum(axis=1)
        k = truth.shape[1]
        true, predicted, both = sums[:, :k], sums[:, k : 2 * k], sums[:, 2 * k : 3 * k]
        log_loss, brier, accuracy = (sums[:, 3 * k + i] / total for i in range(3))
        balanced = _mean_of_defined(both / true)
        return 2 * both / (true + predicted), {
            "log_loss": log_loss,
            "brier": brier,
            "accuracy": accuracy,
            "balanced_accuracy": balanced,
        }

    return count


def _ranking(positive: NDArray[np.bool_], score: Floats) -> Callable[[Floats], tuple[Floats, Floats]]:
    """ROC AUC (Mann-Whitney, ties half) and average precision (sum of precision × step in recall)."""
    order = np.argsort(-score, kind="stable")
    ends = np.flatnonzero(np.diff(score[order], append=-np.inf))  # of the runs of equal scores
    hit = positive[order].astype(float)

    def rank(weights: Floats) -> tuple[Floats, Floats]:
        ordered = weights.take(order, axis=1)
        seen = ordered.cumsum(axis=1).take(ends, axis=1)
        ordered *= hit
        above = ordered.cumsum(axis=1).take(ends, axis=1)
        rows, positives = np.diff(seen, axis=1, prepend=0), np.diff(above, axis=1, prepend=0)
        total, negatives = above[:, -1], seen[:, -1] - above[:, -1]
        pairs = np.einsum("ij,ij->i", rows - positives, above - positives / 2)
        precision = np.divide(above, seen, out=np.zeros_like(above), where=seen > 0)
        return pairs / (total * negatives), np.einsum("ij,ij->i", positives, precision) / total

    return rank


def _regression(sample: Sample) -> Callable[[Floats], Values]:
    error = sample.scores[:, 0] - sample.y
    # Centred first: the variance of large values would else drown in rounding.
    centred = sample.y - sample.y.mean()
    table = np.column_stack([error**2, np.abs(error), centred, centred**2])
    order = np.argsort(np.abs(error), kind="stable")
    ordered = np.abs(error)[order]

    def measure(weights: Floats) -> Values:
        squared, absolute, mean, spread = (weights @ table / weights.sum(axis=1, keepdims=True)).T
        variance = spread - mean**2
        return {
            "rmse": np.sqrt(squared),
            "mae": absolute,
            "r2": np.where(variance > 0, 1 - squared / variance, np.nan),
            "median_absolute_error": _median(ordered, weights[:, order]),
        }

    return measure


def _median(ordered: Floats, weights: Floats) -> Floats:
    reached = weights.cumsum(axis=1)
    half = reached[:, -1:] / 2
    lower, upper = (reached < half).sum(axis=1), (reached <= half).sum(axis=1)
    median: Floats = (ordered[lower] + ordered[upper]) / 2
    return median


def _mean_of_defined(values: Floats) -> Floats:
    """Mean over the classes that have rows; NaN where only one has: it says nothing of the others."""
    defined = ~np.isnan(values)
    mean = np.where(defined, values, 0).sum(axis=1) / defined.sum(axis=1)
    return np.where(defined.sum(axis=1) > 1, mean, np.nan)


def calibration_bins(sample: Sample) -> list[dict[str, float]]:
    """Mean prediction and what was observed, in up to 10 bins of equal numbers of rows.

    Binary: probability of the positive class. Multiclass: probability of the predicted class. Regression: the value.
    """
    predicted, observed = _calibrated_pair(sample)
    edges = np.unique(np.quantile(predicted, np.arange(1, BINS) / BINS))
    bins = np.digitize(predicted, edges)
    return [
        {"predicted": float(predicted[rows].mean()), "observed": float(observed[rows].mean()), "rows": int(rows.sum())}
        for rows in (bins == number for number in np.unique(bins))
    ]


def calibration_error(sample: Sample) -> float:
    """Expected calibration error: mean |predicted − observed| over the bins (Naeini et al., AAAI 2015)."""
    bins = calibration_bins(sample)
    return sum(abs(b["predicted"] - b["observed"]) * b["rows"] for b in bins) / len(sample.y)


def _calibrated_pair(sample: Sample) -> tuple[Floats, Floats]:
    if sample.task == "regression":
        return sample.scores[:, 0], sample.y.astype(float)
    if sample.task == "binary":
        return sample.scores[:, 1], (sample.y == 1).astype(float)
    best = sample.scores.argmax(axis=1)
    return sample.scores.max(axis=1), (best == sample.y).astype(float)
