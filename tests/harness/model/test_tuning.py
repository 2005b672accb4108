"""Search and threshold: both cross-validated on training rows, by group where one is declared."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from harness.core.errors import ProjectError
from harness.core.prepared import feature_columns, target_values
from harness.inference.predictor import decide
from harness.model.pipeline import to_frame
from harness.model.tuning import make_folds, train_pipeline
from tests.support.tables import contract, customers, train_params

TUNED = {"method": "tuned", "value": 0.5, "metric": "f1", "cost": {"false_positive": 1, "false_negative": 1}}


def trained(task: str = "binary", groups: Any = None, **settings: Any) -> Any:
    frame = customers(task=task)
    X, y = to_frame(feature_columns(frame, contract(task)), contract(task)), target_values(frame, contract(task))
    return train_pipeline(X, y, contract(task), train_params(task, **settings), groups), X, y


def search(method: str, space: dict[str, Any], scoring: str = "roc_auc") -> dict[str, Any]:
    return {"method": method, "scoring": scoring, "n_iter": 4, "space": space}


@pytest.mark.parametrize("method", ["grid", "random", "halving"])
def test_a_search_chooses_among_the_candidates(method: str) -> None:
    training, _, _ = trained(search=search(method, {"C": [1e-6, 1.0]}))
    assert training.chosen == {"C": 1.0}
    assert training.pipeline[-1].C == 1.0
    assert 0.5 < training.scores["roc_auc"] <= 1


@pytest.mark.parametrize(
    ("space", "low", "high"),
    [
        ({"C": {"low": 0.1, "high": 1.0}}, 0.1, 1.0),
        ({"C": {"low": 0.001, "high": 1000.0, "log": True}}, 0.001, 1000.0),
        ({"max_iter": {"low": 100, "high": 200}}, 100, 200),
        ({"max_iter": {"low": 50, "high": 5000, "log": True}}, 50, 5000),
    ],
)
def test_a_range_is_drawn_from(space: dict[str, Any], low: float, high: float) -> None:
    training, _, _ = trained(search=search("random", space))
    ((name, value),) = training.chosen.items()
    assert low <= value <= high
    assert isinstance(value, int) == (name == "max_iter")


def test_a_search_reaches_the_estimator_inside_the_calibration() -> None:
    training, _, _ = trained(estimator="sklearn.svm.LinearSVC", search=search("grid", {"C": [0.5]}))
    assert training.chosen == {"C": 0.5}


def test_the_search_suits_regression() -> None:
    training, _, _ = trained("regression", search=search("grid", {"alpha": [1.0, 1e6]}, "r2"))
    assert training.chosen == {"alpha": 1.0}
    assert training.threshold is None


def test_the_threshold_follows_the_cost() -> None:
    thresholds = []
    for false_negative in (1, 20):
        threshold = {
            "method": "tuned",
            "value": 0.5,
            "metric": "cost",
            "cost": {"false_positive": 1, "false_negative": false_negative},
        }
        training, X, y = trained(threshold=threshold)
        thresholds.append(training.threshold)
        missed = confusion_matrix(y, decide(training.pipeline.predict_proba(X), training.threshold))[1, 0]
    assert thresholds[1] < thresholds[0]
    assert missed <= 3


def test_a_fixed_threshold_is_kept() -> None:
    threshold = {"method": "fixed", "value": 0.3, "metric": "f1", "cost": {"false_positive": 1, "false_negative": 1}}
    assert trained(threshold=threshold)[0].threshold == 0.3


def test_folds_keep_groups_together() -> None:
    """A leak across folds would show: each group has one label, and its id alone tells it."""
    groups = np.repeat(np.arange(40), 10)
    label = np.random.default_rng(0).integers(0, 2, 40)[groups]
    made = replace(contract(), features=tuple(f for f in contract().features if f.name == "visits"))
    X = to_frame({"visits": groups.astype("float32")}, made)
    params = train_params(estimator="sklearn.tree.DecisionTreeClassifier", search=search("grid", {"max_depth": [None]}))
    grouped = train_pipeline(X, label, made, params, groups).scores["roc_auc"]
    loose = train_pipeline(X, label, made, params, None).scores["roc_auc"]
    assert loose == 1.0
    assert grouped < 0.8


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"search": search("grid", {"depth": [1]})},
            "train.search.space.depth is not a parameter of sklearn.linear_model.Logistic",
        ),
        (
            {"search": search("grid", {"C": [1.0]}, "wow")},
            "train.search.scoring must be the name of a scikit-learn score, got 'wow'",
        ),
        ({"search": search("grid", {"C": [1.0]}, "roc_auc_ovr"), "cv": 200}, "train.(cv|search.scoring)"),
        (
            {"threshold": {**TUNED, "metric": "roc_auc"}},
            "train.threshold.metric must judge labels .f1, say., got 'roc_auc'",
        ),
        ({"search": search("grid", {"C": [1.0]}), "cv": 399}, "train.cv: .*n_splits=399 cannot be greater .* got 399"),
    ],
)
def test_a_search_that_cannot_be_is_named(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ProjectError, match=rf"^params\.yaml: {message}"):
        trained(**settings)


def test_with_a_time_no_fold_learns_from_the_future() -> None:
    folds = make_folds(customers(), np.zeros(400), replace(contract(), time="seen"), train_params(), None)
    assert all(train.max() < test.min() for train, test in folds)


def test_a_score_that_is_undefined_is_told() -> None:
    with pytest.raises(ProjectError, match=r"train\.search\.scoring roc_auc is undefined in a fold"):
        trained("multiclass", search=search("grid", {"C": [1.0]}, "roc_auc"))
