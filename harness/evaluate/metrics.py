"""The metrics of each task: which way is better, and from how many rows an interval is honest."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Literal, Protocol

from harness.core.contract import Task

RARE = 30  # rows of the rarest class
Better = Literal["higher", "lower"]


@dataclass(frozen=True)
class Metric:
    """Which way is better, and from how many rows its bootstrap interval covers the truth in 95 ± 2 of 100 cases.

    Those row counts are what `make bench ARGS=coverage` found, and for the change between two models on the same rows
    `ARGS=paired`; None: it never does. Metrics that look at each class by itself also need rows of the rarest one.
    """

    better: Better
    interval_rows: int | None = 100
    class_rows: int = 0
    paired_rows: int = 100
    paired_class_rows: int = RARE


CLASSIFICATION = {
    "log_loss": Metric("lower", 250, RARE),
    "brier": Metric("lower", 250, RARE),
    "accuracy": Metric("higher", 100, RARE),
    "balanced_accuracy": Metric("higher", 250, RARE, 250),
}
# A resample has rows twice, which looks like miscalibration: its interval lies above the truth.
CALIBRATION = {
    "expected_calibration_error": Metric("lower", None),
    "debiased_calibration_error": Metric("lower", None),
}
CALIBRATION_LINE = ("calibration_slope", "calibration_intercept")  # of a binary task: 1 and 0 are right
FROM_0_TO_1 = {
    "roc_auc",
    "roc_auc_ovr",
    "average_precision",
    "average_precision_macro",
    "accuracy",
    "balanced_accuracy",
}
FROM_0_TO_1 |= {"f1", "f1_macro", "recall_at_precision", "top_k_accuracy"}
FROM_0_ON = {"log_loss", "cost", "rmse", "mae", "median_absolute_error", "rmsle"}
UNRULED = "expected_calibration_error"  # is .06 on 262 rows for a model whose probabilities are true
KNOWN_METRICS: dict[Task, dict[str, Metric]] = {
    "binary": {
        "roc_auc": Metric("higher", class_rows=RARE, paired_class_rows=20),
        "average_precision": Metric("higher", 250, 100),
    }
    | CLASSIFICATION
    | {"f1": Metric("higher", 100, RARE, 250)}
    | CALIBRATION,
    "multiclass": {
        "roc_auc_ovr": Metric("higher", class_rows=RARE),
        "average_precision_macro": Metric("higher", 1000, RARE),
    }
    | CLASSIFICATION
    | {"f1_macro": Metric("higher", class_rows=RARE)}
    | CALIBRATION,
    "regression": {
        "rmse": Metric("lower", 1000),
        "mae": Metric("lower"),
        "r2": Metric("higher", 250),
        "median_absolute_error": Metric("lower"),
    },
}


AREAS = frozenset({"roc_auc", "roc_auc_ovr"})  # their intervals are made on the scale of the logit
HEAVY = frozenset({"rmse", "r2"})  # made of squares: a heavy tail of the errors spoils the interval of a change too
NEEDED_BY_OWN = Metric("higher", 100, RARE)  # what a metric of the project's own needs for an interval


class Directed(Protocol):
    """Anything that says which way is better: a metric here, or one of the project's own."""

    @property
    def better(self) -> Better: ...


def better_of(task: Task, name: str, own: Mapping[str, Directed]) -> Better:
    """Which way a metric is better, a built-in one or the project's own."""
    return KNOWN_METRICS[task][name].better if name in KNOWN_METRICS[task] else own[name].better


def possible_range(task: Task, name: str) -> tuple[float, float]:
    """The least and the largest value that a metric can have; infinite of one that is not known."""
    if name in FROM_0_TO_1:
        return 0.0, 1.0
    if name in FROM_0_ON:
        return 0.0, inf
    others = {"brier": (0.0, 1.0 if task == "binary" else 2.0), "matthews_corrcoef": (-1.0, 1.0), "r2": (-inf, 1.0)}
    return others.get(name, (-inf, inf))


def rule_metrics(task: Task, others: Iterable[str]) -> list[str]:
    """The metrics that a rule of the gate may name: the task's, and others."""
    line = CALIBRATION_LINE if task == "binary" else ()
    return [*(name for name in KNOWN_METRICS[task] if name != UNRULED), *line, *others]


def judged_by_change(name: str) -> bool:
    """Whether a change of a metric can be judged: of those of the calibration only the value can."""
    return name not in CALIBRATION_LINE and name not in CALIBRATION
