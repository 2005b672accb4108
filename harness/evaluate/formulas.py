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

from harness.core.blocks import BLOCK_ROWS
from harness.core.contract import Task
from harness.evaluate.ranking import Weighted, few_at_once, ranking

Truth = NDArray[Any]  # int64: index of the class; float64: value
SMALLEST_CHANCE = float(np.finfo(np.float32).eps)  # probability that a logarithm is taken of, at least
COUNTED = ("log_loss", "brier", "accuracy", "balanced_accuracy")

T = TypeVar("T")
Measured = dict[str, Weighted]
Measure = Callable[[Weighted], Measured]


@dataclass(frozen=True)
class Scored:
    """What a metric sees: truth (index of the class, or value), scores (n, classes) or (n, 1), predicted classes."""

    task: Task
    y: Truth
    scores: NDArray[np.float64]
    labels: NDArray[np.int64]
    held: bool = True  # whether tables of all rows may be kept: not where they are too many and measured once

    def part(self, start: int) -> "Scored":
        """A block of the rows."""
        rows = slice(start, start + BLOCK_ROWS)
        return Scored(self.task, self.y[rows], self.scores[rows], self.labels[rows])


def summed(rows: Scored, table: Callable[[Scored], Weighted]) -> Callable[[Weighted], Weighted]:
    """The weighted sums (m, columns) of a table (rows, columns), for weightings (m, n)."""
    if rows.held or len(rows.y) <= BLOCK_ROWS:
        whole = table(rows)
        return lambda weights: weights @ whole
    starts = range(0, len(rows.y), BLOCK_ROWS)

    def sums(weights: Weighted) -> Weighted:
        parts = [weights[:, start : start + BLOCK_ROWS] @ table(rows.part(start)) for start in starts]
        found: Weighted = np.sum(parts, axis=0)
        return found

    return sums


def measures_of(rows: Scored) -> list[tuple[frozenset[str], Measure]]:
    """The task's metrics in groups that are computed together: their names, and a function of weightings (m, n).

    It gives name → (m,); NaN where a metric is undefined.
    """
    kinds = {"binary": _binary, "multiclass": _multiclass, "regression": _regression}
    return kinds[rows.task](rows)


def _binary(rows: Scored) -> list[tuple[frozenset[str], Measure]]:
    rank = _when_asked(lambda: ranking(rows.y == 1, rows.scores[:, 1]))
    count = _when_asked(lambda: _classification(rows))

    def ranked(weights: Weighted) -> Measured:
        return dict(zip(("roc_auc", "average_precision"), rank(weights), strict=True))

    def counted(weights: Weighted) -> Measured:
        rates, common = count(weights)
        return {**common, "f1": rates[:, 1]}

    return [(frozenset({"roc_auc", "average_precision"}), ranked), (frozenset({*COUNTED, "f1"}), counted)]


def _multiclass(rows: Scored) -> list[tuple[frozenset[str], Measure]]:
    classes = range(rows.scores.shape[1])
    ranks = [_when_asked(partial(ranking, rows.y == k, rows.scores[:, k])) for k in classes]
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
    k, of_rows = rows.scores.shape[1], summed(rows, _class_table)

    def count(weights: Weighted) -> tuple[Weighted, Measured]:
        sums, total = of_rows(weights), weights.sum(axis=1)
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


def _class_table(rows: Scored) -> Weighted:
    """Of each class whether it is the row's, is called, and is both; then the row's losses."""
    truth = np.eye(rows.scores.shape[1])[rows.y]
    called = np.eye(rows.scores.shape[1])[rows.labels]
    chance = np.clip(rows.scores[np.arange(len(rows.y)), rows.y], SMALLEST_CHANCE, 1)
    squares = ((rows.scores - truth) ** 2).sum(axis=1) / (2 if rows.task == "binary" else 1)
    hits = (rows.labels == rows.y).astype(float)
    return np.column_stack([truth, called, truth * called, -np.log(chance), squares, hits])


def _regression(rows: Scored) -> list[tuple[frozenset[str], Measure]]:
    middle_value = rows.y.mean()

    def table(part: Scored) -> Weighted:
        error = part.scores[:, 0] - part.y
        centred = part.y - middle_value  # the variance of large values would else drown in rounding
        return np.column_stack([error**2, np.abs(error), centred, centred**2])

    of_rows, errors = summed(rows, table), np.abs(rows.scores[:, 0] - rows.y)
    order = np.argsort(errors, kind="stable")
    ordered = errors[order]

    def squares(weights: Weighted) -> Measured:
        squared, absolute, mean, spread = (of_rows(weights) / weights.sum(axis=1, keepdims=True)).T
        variance = spread - mean**2
        r2 = np.where(variance > 0, 1 - squared / variance, np.nan)
        return {"rmse": np.sqrt(squared), "mae": absolute, "r2": r2}

    def middle(weights: Weighted) -> Measured:
        parts = [_median(ordered, few.take(order, axis=1)) for few in few_at_once(weights)]
        return {"median_absolute_error": np.concatenate(parts)}

    return [(frozenset({"rmse", "mae", "r2"}), squares), (frozenset({"median_absolute_error"}), middle)]


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
