"""Splits inside a training by what goes together: rows of a group, or of a time, lie on one side.

The means of open categories, the folds of a calibration and the rows of early stopping each hold some rows back. Where
rows of one group were on both sides, a mean would know the group's target, and boosting would stop too late.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    StackingClassifier,
    StackingRegressor,
)
from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold
from sklearn.pipeline import Pipeline

from harness.core.errors import ProjectError
from harness.core.paths import PARAMS_PATH
from harness.model.estimator import members
from harness.model.isotonic import IsotonicCalibration

Split = tuple[NDArray[np.int64], NDArray[np.int64]]
FOLDS = 5
STOPPING_FOLDS = 10  # one of which early stopping looks at
BOOSTING = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)
GRADIENT = (GradientBoostingClassifier, GradientBoostingRegressor)
HOLDING_BACK = (CalibratedClassifierCV, IsotonicCalibration, StackingClassifier, StackingRegressor)
MANY = 10_000  # rows from which on HistGradientBoosting stops early by itself


@dataclass
class InnerFolds:
    """A splitter of scikit-learn's kind for rows whose index is their group, or that come in the order of time."""

    grouped: bool
    stratified: bool
    folds: int = FOLDS

    def get_n_splits(self, X: object = None, y: object = None, groups: object = None) -> int:
        del X, y, groups
        return self.folds

    def split(self, X: pd.DataFrame, y: NDArray[np.generic], groups: object = None) -> Iterator[Split]:
        """Positions (train,) and (test,) of the folds of X (n, columns): by group, otherwise by blocks of time."""
        del groups
        if not self.grouped:
            yield from KFold(self.folds).split(X)
            return
        groups = X.index.to_numpy()
        folds = min(self.folds, len(np.unique(groups)))
        if folds < 2:  # one group: nothing can be kept apart
            yield from KFold(self.folds, shuffle=True, random_state=0).split(X)
            return
        kind = StratifiedGroupKFold if self.stratified else GroupKFold
        yield from kind(folds, shuffle=True, random_state=0).split(X, y, groups)


class GroupedPipeline(Pipeline):  # type: ignore[misc]
    """A Pipeline whose X has the groups as its index, and whose inner splits keep them together."""

    def __init__(
        self,
        steps: list[tuple[str, BaseEstimator]],
        *,
        inner_folds: InnerFolds | None = None,
        transform_input: list[str] | None = None,
        memory: object = None,
        verbose: bool = False,
    ) -> None:
        self.inner_folds = inner_folds
        super().__init__(steps, transform_input=transform_input, memory=memory, verbose=verbose)

    def fit(self, X: pd.DataFrame, y: NDArray[np.generic], **params: object) -> "GroupedPipeline":
        """Fit X (n, columns), y (n,); the last step calibrates, stacks or stops early by groups or the latest rows."""
        last, inner = self[-1], self.inner_folds
        if inner is not None and isinstance(last, HOLDING_BACK):
            chosen = replace(inner, folds=last.cv) if isinstance(last.cv, int) else inner
            last.set_params(cv=list(chosen.split(X, y)))
        if inner is None or not _stops_early(last, len(X)):
            super().fit(X, y, **params)
            return self
        kept, held = list(replace(inner, folds=STOPPING_FOLDS).split(X, y))[-1]
        features = self[:-1]
        made = features.fit_transform(X.iloc[kept], y[kept])
        last.fit(made, y[kept], X_val=features.transform(X.iloc[held]), y_val=y[held])
        return self


def keep_together(pipeline: Pipeline, grouped: bool, stratified: bool) -> GroupedPipeline:
    """The pipeline with inner splits by group, or by time.

    Raises ProjectError if an estimator is told to stop early by rows of its own choice.
    """
    inner = InnerFolds(grouped, stratified)
    made = GroupedPipeline(pipeline.steps, inner_folds=inner)
    made.set_params(**{name: inner for name in made.get_params() if name.endswith("__mean__cv")})
    for part in members(made[-1]):
        if part is made[-1] and isinstance(part, BOOSTING):
            continue
        stops = part.get_params(deep=False).get("early_stopping", False)
        if stops == "auto":
            part.set_params(early_stopping=False)
        elif stops or (part.get_params(deep=False).get("n_iter_no_change") and isinstance(part, GRADIENT)):
            what = "group" if grouped else "time"
            raise ProjectError(
                f"{PARAMS_PATH}: train.params: {type(part).__name__} would stop early by rows of a {what} that it "
                "also learns from: leave early_stopping (n_iter_no_change) out, or take HistGradientBoosting"
            )
    return made


def plain(pipeline: Pipeline) -> Pipeline:
    """The fitted pipeline as scikit-learn's own class, which is what can be exported."""
    return Pipeline(pipeline.steps) if isinstance(pipeline, GroupedPipeline) else pipeline


def _stops_early(estimator: BaseEstimator, rows: int) -> bool:
    """Whether HistGradientBoosting holds rows back."""
    if not isinstance(estimator, BOOSTING):
        return False
    return bool(rows > MANY if estimator.early_stopping == "auto" else estimator.early_stopping)
