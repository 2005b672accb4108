"""Metrics of the confusion table: what one more row of each kind would change, and how many rows their noise is of."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from harness.core.contract import Task
from harness.evaluate.further import FurtherMetric
from harness.evaluate.sample import Sample
from harness.evaluate.units import Units, effective

Table = NDArray[np.float64]  # (truth, predicted)


def row_effects(name: str, sample: Sample) -> Table | None:
    """The change of a metric by one more row of each truth and predicted class; None if the table does not make it."""
    if sample.task == "regression":
        return None
    classes = sample.scores.shape[1]
    cells = np.bincount(sample.y * classes + sample.labels, minlength=classes**2)
    counts = cells.reshape(classes, classes).astype(float)
    own = sample.own.get(name)
    with np.errstate(divide="ignore", invalid="ignore"):
        if isinstance(own, FurtherMetric) and name == "cost":
            cost = own.settings.cost
            found = _mean(counts, np.array([[0, cost.false_positive], [cost.false_negative, 0]], dtype=float))
        elif name in EFFECTS and name not in sample.called:
            found = EFFECTS[name](counts, sample.task)
        else:
            return None
    return np.where(np.isfinite(found), found, 0.0)


def noisy_rows(name: str, sample: Sample, units: Units) -> float:
    """How many rows (groups, days) the noise of a metric comes from, in effect; inf if the table does not make it.

    (Σ d²)² / Σ d⁴ of the rows' effects d: of a share it is the number of hits, or of misses if they are fewer.
    """
    effects = row_effects(name, sample)
    if effects is None:
        return np.inf
    rows = effects[sample.y, sample.labels]
    kinds = (np.bincount(places, rows) for _, places in units.declared())
    return min((effective(kind**2) for kind in kinds), default=effective(rows**2))


def unseen_variance(name: str, base: Sample, candidate: Sample, units: Units) -> float:
    """The variance that two more rows add to a change, one in each direction, of the kind that changes it most.

    Where few labels differ, the resamples alone know too little of those that may: without any they would give an
    interval of no width (Bonett & Price, Journal of Educational and Behavioral Statistics 2012, for shares).
    """
    before, after = row_effects(name, base), row_effects(name, candidate)
    if np.array_equal(base.scores, candidate.scores):
        return 0.0
    if before is None or after is None:
        return 2 / OF_ROWS[name](base) ** 2 if name in OF_ROWS and name not in base.called else 0.0
    there = np.bincount(base.y, minlength=len(after)) > 0
    up = after.max(axis=1) - before.min(axis=1)
    down = before.max(axis=1) - after.min(axis=1)
    together = max((len(base.y) / effective(np.bincount(places)) for _, places in units.declared()), default=1.0)
    return float(2 * (together * np.maximum(up, down)[there].max(initial=0.0)) ** 2)


def _mean(counts: Table, values: Table) -> Table:
    total = counts.sum()
    found: Table = (values - (counts * values).sum() / total) / total
    return found


def _accuracy(counts: Table, _task: Task) -> Table:
    return _mean(counts, np.eye(len(counts)))


def _balanced(counts: Table, _task: Task) -> Table:
    true = counts.sum(axis=1, keepdims=True)
    found: Table = (np.eye(len(counts)) - np.diag(counts)[:, None] / true) / true / (true > 0).sum()
    return found


def _f1(counts: Table, task: Task) -> Table:
    """Of class 1, or the mean over the classes that are there or predicted."""
    sums, equal = counts.sum(axis=1) + counts.sum(axis=0), np.eye(len(counts))
    each = 2 * np.diag(counts) / sums
    moved = np.nan_to_num(2 * equal / sums - (each / sums)[:, None] - (each / sums)[None, :])
    if task == "multiclass":
        found: Table = moved / (sums > 0).sum()
        return found
    first = np.array([0.0, 1.0])
    of_one: Table = (2 * np.outer(first, first) - each[1] * (first[:, None] + first[None, :])) / sums[1]
    return of_one


def _matthews(counts: Table, _task: Task) -> Table:
    true, predicted, total = counts.sum(axis=1), counts.sum(axis=0), counts.sum()
    equal, hits = np.eye(len(counts)), np.trace(counts)
    together = hits * total - true @ predicted
    spread, called = total**2 - true @ true, total**2 - predicted @ predicted
    moved = equal * total + hits - predicted[:, None] - true[None, :]
    apart = (total - true)[:, None] / spread + (total - predicted)[None, :] / called
    found: Table = (moved - together * apart) / np.sqrt(spread * called)
    return found


EFFECTS: dict[str, Callable[[Table, Task], Table]] = {
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced,
    "f1": _f1,
    "f1_macro": _f1,
    "matthews_corrcoef": _matthews,
}
OF_ROWS: dict[str, Callable[[Sample], float]] = {  # shares that the table does not make: of how many rows
    "top_k_accuracy": lambda sample: len(sample.y),
    "recall_at_precision": lambda sample: max(1.0, float((sample.y == 1).sum())),
}
