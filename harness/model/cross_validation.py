"""Cross-validated scores of the training rows: what variants are chosen by, for the test rows are for judging."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.model_selection import cross_validate

from harness.core.contract import Task
from harness.core.errors import ProjectError
from harness.core.paths import PARAMS_PATH

Folds = list[tuple[NDArray[np.int64], NDArray[np.int64]]]
OF_CLASSES = {"log_loss": "neg_log_loss", "accuracy": "accuracy", "balanced_accuracy": "balanced_accuracy"}
# Metric → scikit-learn's name of it, which is negative where lower is better.
SCORED: dict[Task, dict[str, str]] = {
    "binary": {
        "roc_auc": "roc_auc",
        "average_precision": "average_precision",
        **OF_CLASSES,
        "brier": "neg_brier_score",
        "f1": "f1",
    },
    "multiclass": {"roc_auc_ovr": "roc_auc_ovr", **OF_CLASSES, "f1_macro": "f1_macro"},
    "regression": {
        "rmse": "neg_root_mean_squared_error",
        "mae": "neg_mean_absolute_error",
        "r2": "r2",
        "median_absolute_error": "neg_median_absolute_error",
    },
}


def cross_validated(
    pipeline: BaseEstimator, X: pd.DataFrame, y: NDArray[np.generic], folds: Folds, task: Task
) -> dict[str, float]:
    """The mean of each metric over the folds of X (n, columns), y (n,), without metrics that a fold does not define.

    Raises ProjectError with scikit-learn's reason if a fold cannot be fitted.
    """
    names = SCORED[task]
    scorers = sorted(set(names.values()))
    try:
        found = cross_validate(clone(pipeline), X, y, cv=folds, scoring=scorers, n_jobs=-1, error_score="raise")
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise ProjectError(f"{PARAMS_PATH}: train.cross_validate: a fold cannot be fitted: {reason}") from None
    means = {scorer: float(np.mean(found[f"test_{scorer}"])) for scorer in scorers}
    told = (told_as_metric(scorer, means[scorer]) for scorer in names.values() if np.isfinite(means[scorer]))
    return {name: value for item in told for name, value in item.items()}


def told_as_metric(scorer: str, value: float) -> dict[str, float]:
    """A score of scikit-learn under the metric's name, with its sign."""
    known = {scored: name for names in SCORED.values() for name, scored in names.items()}
    return {known.get(scorer, scorer): -value if scorer.startswith("neg_") and scorer in known else value}
