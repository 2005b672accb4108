"""Built-in metrics beside a task's own ones: measured where params.yaml names them, with its settings."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from harness.core.contract import Task
from harness.core.errors import ProjectError
from harness.core.judge_params import EvaluateParams, Gates
from harness.core.params import Cost
from harness.core.paths import PARAMS_PATH
from harness.evaluate.formulas import Scored, summed
from harness.evaluate.metrics import KNOWN_METRICS, RARE, Better, Metric
from harness.evaluate.ranking import Weighted

MeasureOne = Callable[[Weighted], Weighted]  # weightings (m, n) → (m,); NaN: undefined
EVEN = Cost(false_positive=1, false_negative=1)
FURTHER_KEY = f"{PARAMS_PATH}: evaluate.further"


@dataclass(frozen=True)
class Settings:
    """What params.yaml says of them: the precision, how many classes count, what an error of each kind costs."""

    precision: float = 0.9
    top_k: int = 2
    cost: Cost = EVEN


@dataclass(frozen=True)
class FurtherMetric:
    """A built-in metric with its settings: how it is measured, which way is better, what its interval needs."""

    build: Callable[[Scored, Settings], MeasureOne]
    needs: Metric
    settings: Settings = Settings()

    @property
    def better(self) -> Better:
        return self.needs.better

    def measure(self, rows: Scored) -> MeasureOne:
        """A function of weightings of these rows."""
        return self.build(rows, self.settings)


def further_metrics(task: Task, evaluate: EvaluateParams, cost: Cost, *rules: Gates) -> dict[str, FurtherMetric]:
    """Those that `evaluate` lists or takes as the primary metric, and those that rules name.

    Raises ProjectError if `evaluate.further` lists what the task has not.
    """
    known = FURTHER_METRICS[task]
    for name in evaluate.further:
        if name not in known and name not in KNOWN_METRICS[task]:
            listed = ", ".join(known)
            raise ProjectError(f"{FURTHER_KEY} must list metrics of {listed} (task.type {task}), got {name!r}")
    settings = Settings(evaluate.precision, evaluate.top_k, cost)
    asked = dict.fromkeys([*evaluate.further, evaluate.primary, *_named(rules)])
    return {name: FurtherMetric(*known[name], settings) for name in asked if name in known}


def _named(rules: Iterable[Gates]) -> Iterable[str]:
    for gates in rules:
        yield from gates.metrics
        for column in gates.slices.values():
            yield from column


def _matthews(rows: Scored, _settings: Settings) -> MeasureOne:
    """Matthews' correlation, of several classes too (Gorodkin 2004); NaN where only one is there, or is predicted."""
    classes = rows.scores.shape[1]

    def table(part: Scored) -> Weighted:
        truth, called = np.eye(classes)[part.y], np.eye(classes)[part.labels]
        return np.column_stack([truth, called, (part.labels == part.y).astype(float)])

    of_rows = summed(rows, table)

    def measure(weights: Weighted) -> Weighted:
        sums, total = of_rows(weights), weights.sum(axis=1)
        true, predicted, hits = sums[:, :classes], sums[:, classes:-1], sums[:, -1]
        together = hits * total - (true * predicted).sum(axis=1)
        apart = (total**2 - (true**2).sum(axis=1)) * (total**2 - (predicted**2).sum(axis=1))
        return np.where(apart > 0, together / np.sqrt(np.where(apart > 0, apart, 1)), np.nan)

    return measure


def _recall_at_precision(rows: Scored, settings: Settings) -> MeasureOne:
    """The largest share of the positive rows that a threshold finds whose finds are right so often; 0 if none is."""
    order = np.argsort(-rows.scores[:, 1], kind="stable")
    starts = np.flatnonzero(np.diff(rows.scores[order, 1], prepend=np.inf))  # of the runs of equal scores
    hit = (rows.y[order] == 1).astype(float)

    def measure(weights: Weighted) -> Weighted:
        ordered = weights.take(order, axis=1)
        seen, found = (np.add.reduceat(part, starts, axis=1).cumsum(axis=1) for part in (ordered, ordered * hit))
        enough = found >= settings.precision * seen * (1 - 1e-12)
        recall: Weighted = np.where(enough, found, 0).max(axis=1) / found[:, -1]
        return recall

    return measure


def _cost(rows: Scored, settings: Settings) -> MeasureOne:
    """What the errors of a row cost on average (train.threshold.cost)."""
    wrong, cost = rows.labels != rows.y, settings.cost
    costs = wrong * np.where(rows.y == 1, cost.false_negative, cost.false_positive)
    return lambda weights: weights @ costs / weights.sum(axis=1)


def _top_k(rows: Scored, settings: Settings) -> MeasureOne:
    """How often the true class is among the likeliest few."""
    likeliest = np.argsort(rows.scores, axis=1, kind="stable")[:, ::-1][:, : settings.top_k]
    hits = (likeliest == rows.y[:, None]).any(axis=1).astype(float)
    return lambda weights: weights @ hits / weights.sum(axis=1)


def _rmsle(rows: Scored, _settings: Settings) -> MeasureOne:
    """Root mean square of differences of log(1 + value); NaN where a value is -1 or less."""
    values = np.column_stack([rows.y, rows.scores[:, 0]])
    if (values <= -1).any():
        return lambda weights: np.full(len(weights), np.nan)
    squares = np.diff(np.log1p(values), axis=1)[:, 0] ** 2
    return lambda weights: np.sqrt(weights @ squares / weights.sum(axis=1))


MATTHEWS = (_matthews, Metric("higher", 250, RARE, 250))
FURTHER_METRICS: Mapping[Task, Mapping[str, tuple[Callable[[Scored, Settings], MeasureOne], Metric]]] = {
    "binary": {
        "matthews_corrcoef": MATTHEWS,
        "recall_at_precision": (_recall_at_precision, Metric("higher", 4000, 2000, 1000, 300)),
        "cost": (_cost, Metric("lower", 100, RARE)),
    },
    "multiclass": {"matthews_corrcoef": MATTHEWS, "top_k_accuracy": (_top_k, Metric("higher", 100, RARE))},
    "regression": {"rmsle": (_rmsle, Metric("lower", 4000))},
}
