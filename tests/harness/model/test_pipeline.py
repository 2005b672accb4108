"""The pipeline: what it is built of, and what params.yaml may not name."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.preprocessing import StandardScaler

from harness.core.errors import ProjectError
from harness.core.prepared import feature_columns, target_values
from harness.model.estimator import build_estimator
from harness.model.pipeline import build_pipeline, fit, to_frame
from tests.support.tables import contract, customers, train_params

FOREST = "sklearn.ensemble.RandomForestClassifier"


def prepared(task: str = "binary") -> tuple[Any, Any]:
    frame = customers(task=task)
    return to_frame(feature_columns(frame, contract(task)), contract(task)), target_values(frame, contract(task))


@pytest.mark.parametrize(
    ("estimator", "scaled"),
    [
        ("sklearn.linear_model.LogisticRegression", True),
        ("sklearn.neural_network.MLPClassifier", True),
        ("sklearn.svm.SVC", True),
        (FOREST, False),
        ("sklearn.tree.DecisionTreeClassifier", False),
        ("sklearn.ensemble.HistGradientBoostingClassifier", False),
    ],
)
def test_numbers_are_scaled_unless_trees_take_them(estimator: str, scaled: bool) -> None:
    features = build_pipeline(contract(), train_params(estimator=estimator))[0]
    numeric = next(part for name, part, _ in features.transformers if name == "numeric")
    assert any(isinstance(step, StandardScaler) for _, step in numeric.steps) == scaled


def test_gaps_get_indicators_and_closed_sets_one_column_a_value() -> None:
    X, y = prepared()
    pipeline = fit(build_pipeline(contract(), train_params(estimator=FOREST)), X, y, train_params())
    made = pipeline[0].transform(X)
    # 2 numbers, 1 indicator (age), plan 3, member 2, and of region, an open set, the target's mean.
    assert made.shape == (400, 2 + 1 + 3 + 2 + 1)
    assert made.dtype == np.float32
    assert made[:, 2].tolist() == X["age"].isna().astype(float).tolist()


def test_ordinal_categories_are_numbered_as_the_schema_lists_them() -> None:
    X, y = prepared()
    params = train_params(estimator=FOREST, categories="ordinal")
    downward = {"plan": ("pro", "plus", "basic")}
    features = [replace(one, isin=downward.get(one.name, one.isin)) for one in contract().features]
    pipeline = fit(build_pipeline(replace(contract(), features=tuple(features)), params), X, y, params)
    made = pipeline[0].transform(X.head(5).assign(plan=["pro", "plus", "basic", "", "gold"]))
    assert made.shape == (5, 2 + 1 + 1 + 1 + 1)
    assert made[:, 3].tolist() == [1, 2, 3, 0, -1]


def test_an_empty_text_that_the_schema_lists_is_the_missing_category() -> None:
    X, y = prepared()
    params = train_params(estimator=FOREST, categories="ordinal")
    listed = {"plan": ("basic", "", "plus", "pro")}
    features = [replace(one, isin=listed.get(one.name, one.isin)) for one in contract().features]
    pipeline = fit(build_pipeline(replace(contract(), features=tuple(features)), params), X, y, params)
    made = pipeline[0].transform(X.head(4).assign(plan=["basic", "", "plus", "pro"]))
    assert made[:, 3].tolist() == [1, 0, 2, 3]


def test_ordinal_categories_are_refused_by_what_multiplies_them() -> None:
    with pytest.raises(ProjectError, match=r"^params\.yaml: train\.categories: ordinal is for trees; LogisticRegr"):
        build_pipeline(contract(), train_params(categories="ordinal"))


def test_an_unseen_category_is_scored_not_refused() -> None:
    X, y = prepared()
    pipeline = fit(build_pipeline(contract(), train_params()), X, y, train_params())
    assert np.isfinite(pipeline.predict_proba(X.assign(region="the moon"))).all()


def test_a_score_only_classifier_learns_probabilities() -> None:
    pipeline = build_pipeline(contract(), train_params(estimator="sklearn.svm.LinearSVC"))
    assert isinstance(pipeline[-1], CalibratedClassifierCV)


def test_class_weights_are_given_by_label() -> None:
    assert build_estimator(contract(), train_params(class_weight={"yes": 3.0})).class_weight == {1: 3.0}
    assert build_estimator(contract(), train_params(class_weight="balanced")).class_weight == "balanced"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"estimator": "sklearn.linear_model.LogisticRegresion"},
            "train.estimator must be the path of a scikit-learn estimator, .*got 'skl",
        ),
        ({"estimator": "sklearn.nowhere.Thing"}, "train.estimator must be the path of a scikit-learn estimator"),
        ({"estimator": "os.system"}, "train.estimator must be the path of a scikit-learn estimator, .*got 'os.system'"),
        (
            {"estimator": "sklearn.ensemble.VotingClassifier"},
            "train.estimator sklearn.ensemble.VotingClassifier needs more than param",
        ),
        (
            {"estimator": "sklearn.linear_model.Ridge"},
            "train.estimator must be fit for task.type binary, got sklearn.linear_model.Ridge",
        ),
        (
            {"params": {"depth": 3}},
            "train.params.depth is not a parameter of sklearn.linear_model.LogisticRegression; it has C, ",
        ),
        ({"class_weight": {"maybe": 2.0}}, r"train.class_weight must name labels of \['no', 'yes'\], got 'maybe'"),
        (
            {"estimator": "sklearn.neighbors.KNeighborsClassifier", "class_weight": "balanced"},
            "train.class_weight must be none",
        ),
    ],
)
def test_what_cannot_be_built_is_named(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ProjectError, match=rf"^params\.yaml: {message}"):
        build_estimator(contract(), train_params(**settings))


def test_scikit_learns_refusal_is_one_line() -> None:
    params = train_params(params={"C": -1.0})
    with pytest.raises(
        ProjectError, match=r"^params\.yaml: train\.params: .*LogisticRegression cannot be fitted: The 'C' parameter"
    ) as error:
        fit(build_pipeline(contract(), params), *prepared(), params)
    assert "\n" not in str(error.value)
