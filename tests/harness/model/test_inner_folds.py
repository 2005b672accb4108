"""What a training holds back of its own rows goes by group, and by time, where one is declared."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import HistGradientBoostingClassifier, StackingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline

from harness.core.contract import Contract, Feature
from harness.core.errors import ProjectError
from harness.core.prepared import feature_columns, target_values
from harness.model.inner_folds import InnerFolds
from harness.model.isotonic import IsotonicCalibration
from harness.model.pipeline import to_frame
from harness.model.tuning import train_pipeline
from tests.support.tables import contract, customers, train_params

GROUPS, EACH, KINDS = 240, 8, 80
BOOSTING = "sklearn.ensemble.HistGradientBoostingClassifier"


def nested(seed: int) -> tuple[pd.DataFrame, Any, Any]:
    """Groups with an effect of their own; three of them share a category, which says nothing itself."""
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(GROUPS), EACH)
    known = rng.normal(size=len(groups))
    chance = 1 / (1 + np.exp(-(known + 1.5 * rng.normal(size=GROUPS)[groups])))
    X = pd.DataFrame({"0": known.astype("float32"), "1": [f"kind {group % KINDS}" for group in groups]})
    return X.set_axis(["number", "kind"], axis=1), (rng.random(len(groups)) < chance).astype(int), groups


def open_contract() -> Contract:
    made = contract()
    number, kind = (Feature("number", "number", "numeric", False), Feature("kind", "string", "categorical", False))
    return replace(made, features=(number, kind))


def fitted(X: Any, y: Any, groups: Any, **settings: Any) -> Pipeline:
    return train_pipeline(X, y, open_contract(), train_params(**settings), groups).pipeline


def test_the_means_of_open_categories_do_not_know_the_rows_group() -> None:
    """They did: the model trusted a category that says nothing of another group."""
    X, y, groups = nested(0)
    _, later, _ = nested(1)
    losses = [log_loss(later, fitted(X, y, of).predict_proba(X)[:, 1]) for of in (groups, None)]
    assert losses[0] < losses[1] - 0.02


def test_what_is_trained_by_group_is_scikit_learns_pipeline() -> None:
    X, y, groups = nested(0)
    assert type(fitted(X, y, groups)) is Pipeline


@pytest.mark.parametrize("grouped", [True, False])
def test_inner_folds_keep_a_group_or_a_time_on_one_side(grouped: bool) -> None:
    X, y, groups = nested(0)
    folds = list(InnerFolds(grouped, stratified=True).split(X.set_axis(groups, axis=0), y))
    assert sorted(np.concatenate([held for _, held in folds])) == list(range(len(X)))
    if grouped:
        assert all(not set(groups[held]) & set(groups[kept]) for kept, held in folds)
    else:
        assert all((np.diff(held) == 1).all() for _, held in folds)


def test_boosting_stops_by_rows_of_other_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y, groups = nested(0)
    seen: dict[str, Any] = {}
    fit = HistGradientBoostingClassifier.fit

    def watched(self: Any, X: Any, y: Any, **given: Any) -> Any:
        seen.update(given, rows=len(X))
        return fit(self, X, y, **given)

    monkeypatch.setattr(HistGradientBoostingClassifier, "fit", watched)
    fitted(X, y, groups, estimator=BOOSTING, params={"early_stopping": True, "max_iter": 20})
    assert seen["rows"] + len(seen["X_val"]) == len(X)
    assert len(seen["X_val"]) % EACH == 0  # whole groups
    fitted(X, y, None, estimator=BOOSTING, params={"early_stopping": True, "max_iter": 20})
    assert seen["rows"] == len(X)


def test_a_calibration_goes_by_group_in_a_search_too() -> None:
    X, y, groups = nested(0)
    search = {"method": "grid", "scoring": "neg_log_loss", "n_iter": 1, "space": {"C": [1.0]}}
    last = fitted(X, y, groups, estimator="sklearn.svm.LinearSVC", search=search)[-1]
    assert all(not set(groups[kept]) & set(groups[held]) for kept, held in last.cv)


@pytest.mark.parametrize("kind", [CalibratedClassifierCV, IsotonicCalibration])
def test_the_number_of_a_calibrations_folds_is_kept_and_they_go_by_group(kind: Any) -> None:
    """A number of folds was taken as it stood, and split by row."""
    X, y, groups = nested(0)
    calibrated = kind(LogisticRegression(), cv=3)
    last = train_pipeline(X, y, open_contract(), train_params(), groups, calibrated).pipeline[-1]
    assert len(last.cv) == 3
    assert all(not set(groups[kept]) & set(groups[held]) for kept, held in last.cv)


@pytest.mark.parametrize(("cv", "folds"), [(None, 5), (3, 3)])
def test_a_stack_learns_from_predictions_of_other_groups(cv: int | None, folds: int) -> None:
    """A number of folds was taken as it stood, and split by row."""
    X, y, groups = nested(0)
    stack = StackingClassifier([("one", LogisticRegression()), ("other", GaussianNB())], LogisticRegression(), cv=cv)
    last = train_pipeline(X, y, open_contract(), train_params(), groups, stack).pipeline[-1]
    assert len(last.cv) == folds
    assert all(not set(groups[kept]) & set(groups[held]) for kept, held in last.cv)


def test_an_estimator_that_would_stop_by_its_own_rows_is_told() -> None:
    X, y, groups = nested(0)
    told = r"params\.yaml: train\.params: GradientBoostingClassifier would stop early by rows of a group"
    with pytest.raises(ProjectError, match=told):
        fitted(X, y, groups, estimator="sklearn.ensemble.GradientBoostingClassifier", params={"n_iter_no_change": 3})


def test_by_time_the_last_rows_stop_the_training() -> None:
    made = replace(contract(), time="seen")
    X, y, _ = nested(0)
    training = train_pipeline(X, y, replace(open_contract(), time=made.time), train_params(), None)
    assert type(training.pipeline) is Pipeline


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_the_training_is_scored_where_it_is_switched_on(task: str) -> None:
    frame = customers(task=task)
    X = to_frame(feature_columns(frame, contract(task)), contract(task))
    y = target_values(frame, contract(task))
    scores = train_pipeline(X, y, contract(task), train_params(task, cross_validate=True), None).scores
    assert all(value > 0 for value in scores.values())
    assert {"binary": "roc_auc", "multiclass": "roc_auc_ovr", "regression": "rmse"}[task] in scores
