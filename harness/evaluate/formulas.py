"""Metrics of the three tasks, each computed for many weightings of the same rows at once.

A weighting says how often each row counts. All ones gives the estimate; a bootstrap resample is a draw of counts. So
the order of the rows is found once and no resample sorts anything. With all ones each metric is scikit-learn's
(`tests/harness/evaluate/test_metrics.py` compares them).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from harness.core.contract import Task

Truth = NDArray[Any]  # int64: index of the class; float64: value
SMALLEST_CHANCE = float(np.finfo(np.float32).eps)  # probability that a logarithm is taken of, at least
COUNTED = ("log_loss", "brier", "accuracy", "balanced_accuracy")

T = TypeVar("T")
Weighted = NDArray[np.float64]  # (weightings, rows) where it is given, (weightings,) where it is a metric
Measured = dict[str, Weighted]
Measure = Callable[[Weighted], Measured]


@dataclass(frozen=True)
class Scored:
    """What a metric sees: truth (index of the class, or value), scores (n, classes) or (n, 1), predicted classes."""

    task: Task
    y: Truth
    scores: NDArray[np.float64]
    labels: NDArray[np.int64]


def measures_of(rows: Scored) -> list[tuple[frozenset[str], Measure]]:
    """The task's metrics in groups that are computed together: their names, and a function of weightings (m, n).

    It gives name → (m,); NaN where a metric is undefined.
    """
    kinds = {"binary": _binary, "multiclass": _multiclass, "regression": _regression}
    return kinds[rows.task](rows)


def _binary(rows: Scored) -> list[tuple[frozenset[str], Measure]]:
    rank = _when_asked(lambda: _ranking(rows.y == 1, rows.scores[:, 1]))
    count = _when_asked(lambda: _classification(rows))

    def ranked(weights: Weighted) -> Measured:
        return dict(zip(("roc_auc", "average_precision"), rank(weights), strict=True))

    def counted(weights: Weighted) -> Measured:
        rates, common = count(weights)
        return {**common, "f1": rates[:, 1]}

    return [(frozenset({"roc_auc", "average_precision"}), ranked), (frozenset({*COUNTED, "f1"}), counted)]


def _multiclass(rows: Scored) -> list[tuple[frozenset[str], Measure]]:
    classes = range(rows.scores.shape[1])
    ranks = [_when_asked(partial(_ranking, rows.y == k, rows.scores[:, k])) for k in classes]
    count = _when_asked(lambda: _classification(rows))
    names = ("roc_auc_ovr", "average_precision_macro")

    def ranked(weights: Weighted) -> Measured:
        return dict(zip(names, np.mean([rank(weights) for rank in ranks], axis=0), strict=True))

    def counted(weights: Weighted) -> Measured:
        rates, common = count(weights)
        return {**common, "f1_macro": _mean_of_defined(rates)}

    return [(frozenset(names), ranked), (frozenset({*COUNTED, "f1_macro"}), counted)]


def _when_asked(make: Callable[[], Callable[[Weighted], T]]) -> Callable[[Weighted], T]:
    """What `make` makes, made when it is first called: a slice is measured by few metrics, and tables take room."""
    made = cache(make)

    def measure(weights: Weighted) -> T:
        return made()(weights)

    return measure


def _classification(rows: Scored) -> Callable[[Weighted], tuple[Weighted, Measured]]:
    """F1 of each class (m, classes), and what binary and multiclass share: all of it linear in the weights."""
    truth = np.eye(rows.scores.shape[1])[rows.y]
    called = np.eye(rows.scores.shape[1])[rows.labels]
    chance = np.clip(rows.scores[np.arange(len(rows.y)), rows.y], SMALLEST_CHANCE, 1)
    squares = ((rows.scores - truth) ** 2).sum(axis=1) / (2 if rows.task == "binary" else 1)
    hits = (rows.labels == rows.y).astype(float)
    table = np.column_stack([truth, called, truth * called, -np.log(chance), squares, hits])

    def count(weights: Weighted) -> tuple[Weighted, Measured]:
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


def _ranking(positive: NDArray[np.bool_], score: Weighted) -> Callable[[Weighted], tuple[Weighted, Weighted]]:
    """ROC AUC (Mann-Whitney, ties half) and average precision (sum of precision × step in recall)."""
    order = np.argsort(-score, kind="stable")
    starts = np.flatnonzero(np.diff(score[order], prepend=np.inf))  # of the runs of equal scores
    hit = positive[order].astype(float)

    places = np.flatnonzero(hit)

    def rank_apart(weights: Weighted) -> tuple[Weighted, Weighted]:
        """Where no two scores are equal it is enough to look at the positive rows."""
        ordered = weights.take(order, axis=1)
        seen = ordered.cumsum(axis=1)
        positives, called = ordered.take(places, axis=1), seen.take(places, axis=1)
        above = positives.cumsum(axis=1)
        total = positives.sum(axis=1)
        negatives = seen[:, -1] - total
        pairs = np.einsum("ij,ij->i", positives, negatives[:, None] - (called - above))
        precision = np.divide(above, called, out=np.zeros_like(above), where=called > 0)
        return pairs / (total * negatives), np.einsum("ij,ij->i", positives, precision) / total

    # Runs of equal scores that hold a positive row: where they begin and end, among all rows and the positive ones.
    ends = np.append(starts[1:], len(order)) - 1
    first, last = np.searchsorted(places, starts), np.searchsorted(places, ends, side="right")
    held = last > first
    begins, ends, first, last = starts[held] - 1, ends[held], first[held] - 1, last[held] - 1

    def rank(weights: Weighted) -> tuple[Weighted, Weighted]:
        ordered = weights.take(order, axis=1)
        seen, above = ordered.cumsum(axis=1), ordered.take(places, axis=1).cumsum(axis=1)
        total = above[:, -1] if len(places) else np.zeros(len(weights))
        negatives = seen[:, -1] - total
        called, found = seen.take(ends, axis=1), above.take(last, axis=1)
        positives = found - _before(above, first)
        equal = called - _before(seen, begins) - positives  # negative rows of the same score
        pairs = np.einsum("ij,ij->i", positives, negatives[:, None] - (called - found) + equal / 2)
        precision = np.divide(found, called, out=np.zeros_like(found), where=called > 0)
        return pairs / (total * negatives), np.einsum("ij,ij->i", precision, positives) / total

    return rank_apart if len(starts) == len(order) else rank


def _before(sums: Weighted, places: NDArray[np.int64]) -> Weighted:
    """The sums at these places; 0 before the first, which alone may be −1."""
    found = sums.take(places.clip(min=0), axis=1)
    if len(places) and places[0] < 0:
        found[:, 0] = 0
    return found


def _regression(rows: Scored) -> list[tuple[frozenset[str], Measure]]:
    error = rows.scores[:, 0] - rows.y
    # Centred first: the variance of large values would else drown in rounding.
    centred = rows.y - rows.y.mean()
    table = np.column_stack([error**2, np.abs(error), centred, centred**2])
    order = np.argsort(np.abs(error), kind="stable")
    ordered = np.abs(error)[order]

    def summed(weights: Weighted) -> Measured:
        squared, absolute, mean, spread = (weights @ table / weights.sum(axis=1, keepdims=True)).T
        variance = spread - mean**2
        r2 = np.where(variance > 0, 1 - squared / variance, np.nan)
        return {"rmse": np.sqrt(squared), "mae": absolute, "r2": r2}

    def middle(weights: Weighted) -> Measured:
        return {"median_absolute_error": _median(ordered, weights[:, order])}

    return [(frozenset({"rmse", "mae", "r2"}), summed), (frozenset({"median_absolute_error"}), middle)]


def _median(ordered: Weighted, weights: Weighted) -> Weighted:
    reached = weights.cumsum(axis=1)
    half = reached[:, -1:] / 2
    lower, upper = (reached < half).sum(axis=1), (reached <= half).sum(axis=1)
    middle = (ordered[lower] + ordered[upper.clip(max=len(ordered) - 1)]) / 2
    return np.where(half[:, 0] > 0, middle, np.nan)


def _mean_of_defined(values: Weighted) -> Weighted:
    """Mean over the classes that have rows; NaN where only one has: it says nothing of the others."""
    defined = ~np.isnan(values)
    mean = np.where(defined, values, 0).sum(axis=1) / defined.sum(axis=1)
    return np.where(defined.sum(axis=1) > 1, mean, np.nan)
