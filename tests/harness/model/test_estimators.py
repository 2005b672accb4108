"""Forests of any usual size, calibrated probabilities, votes and stacks: each answers as scikit-learn does."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import (
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from harness.core.errors import ProjectError
from harness.core.prepared import feature_columns, target_values
from harness.model.estimator import own_estimator, takes_trees
from harness.model.export import check_convertible
from harness.model.pipeline import to_frame
from harness.model.tuning import train_pipeline
from tests.support.models import exported, exported_own
from tests.support.tables import contract, customers, train_params

TASKS = ("binary", "multiclass", "regression")


def parts(task: str) -> list[tuple[str, Any]]:
    """A forest and a linear model with a scaler of its own."""
    if task == "regression":
        return [
            ("forest", RandomForestRegressor(20, random_state=0)),
            ("line", make_pipeline(StandardScaler(), Ridge())),
        ]
    line = make_pipeline(StandardScaler(), LogisticRegression())
    return [("forest", RandomForestClassifier(20, random_state=0)), ("line", line)]


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("kind", ["RandomForest", "ExtraTrees"])
def test_a_forest_of_500_trees_passes(tmp_path: Path, task: str, kind: str) -> None:
    """Summed in float32, as it was, it differed by 6e-6."""
    name = f"sklearn.ensemble.{kind}{'Regressor' if task == 'regression' else 'Classifier'}"
    parity = exported(tmp_path / "model.onnx", task, estimator=name, params={"n_estimators": 500, "max_depth": 12})
    assert parity.difference <= parity.tolerance / 2


@pytest.mark.parametrize("task", TASKS)
def test_a_vote_is_exported(tmp_path: Path, task: str) -> None:
    made = VotingRegressor(parts(task)) if task == "regression" else VotingClassifier(parts(task), voting="soft")
    assert exported_own(tmp_path / "model.onnx", task, made).rows == 309


@pytest.mark.parametrize("task", TASKS)
def test_a_stack_is_exported(tmp_path: Path, task: str) -> None:
    made = StackingRegressor(parts(task)) if task == "regression" else StackingClassifier(parts(task))
    assert exported_own(tmp_path / "model.onnx", task, made).rows == 309


@pytest.mark.parametrize("task", TASKS)
def test_a_forest_of_500_trees_in_a_vote_passes(tmp_path: Path, task: str) -> None:
    """In a vote it was still summed in float32."""
    kind = RandomForestRegressor if task == "regression" else RandomForestClassifier
    members = [("forest", kind(500, max_depth=12, random_state=0)), *parts(task)[1:]]
    vote = VotingRegressor(members) if task == "regression" else VotingClassifier(members, voting="soft")
    parity = exported_own(tmp_path / "model.onnx", task, vote)
    assert parity.difference <= parity.tolerance / 2


@pytest.mark.parametrize("task", ["binary", "multiclass"])
@pytest.mark.parametrize(
    "name",
    [
        "linear_model.LogisticRegression",
        "ensemble.HistGradientBoostingClassifier",
        "ensemble.RandomForestClassifier",
    ],
)
def test_calibrated_probabilities_are_exported(tmp_path: Path, task: str, name: str) -> None:
    few = {"max_iter": 10} if "Boosting" in name else {}
    settings = {"estimator": f"sklearn.{name}", "params": few, "calibration": "sigmoid"}
    assert exported(tmp_path / "model.onnx", task, **settings).rows == 309


def test_calibration_keeps_a_group_on_one_side() -> None:
    frame, made = customers(300), contract()
    groups = (np.arange(300) // 3).astype(str)
    X, y = to_frame(feature_columns(frame, made), made), target_values(frame, made)
    calibrated = train_pipeline(X, y, made, train_params(calibration="sigmoid"), groups).pipeline[-1]
    for train, test in calibrated.cv:
        assert not set(groups[train]) & set(groups[test])


def test_numbers_are_left_as_they_are_where_a_tree_is_among_the_members() -> None:
    assert takes_trees(VotingClassifier(parts("binary")))
    assert not takes_trees(VotingClassifier([("a", LogisticRegression()), ("b", LogisticRegression(C=2))]))


def test_a_member_that_cannot_be_exported_is_named() -> None:
    with pytest.raises(ProjectError, match=r"train\.estimator GaussianNB has no faithful ONNX form; these have: "):
        check_convertible(VotingClassifier([("a", LogisticRegression()), ("b", GaussianNB())]), contract())


def test_a_vote_without_probabilities_is_refused() -> None:
    def model(*_: Any) -> Any:
        return VotingClassifier([("a", LogisticRegression())])

    with pytest.raises(
        ProjectError, match=r'VotingClassifier gives no probabilities; a vote gives them with voting="soft"'
    ):
        own_estimator(model, contract(), train_params())
