"""One ONNX file that answers as scikit-learn does, whatever the estimator."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from sklearn.utils import all_estimators

from harness.core.errors import ProjectError
from harness.core.prepared import feature_columns, target_values
from harness.inference.predictor import Predictor
from harness.model.estimator import build_estimator
from harness.model.export import UNFAITHFUL, check_convertible, convertible, export, sort_opsets
from harness.model.pipeline import to_frame
from harness.model.tuning import train_pipeline
from tests.support.models import exported
from tests.support.tables import contract, customers, train_params

PATHS = {name: f"{kind.__module__}.{name}" for name, kind in all_estimators()}
SETTINGS = {"QuadraticDiscriminantAnalysis": {"reg_param": 0.1}}  # without it one-hot columns make it singular
ESTIMATORS = [(task, name) for task in ("binary", "multiclass", "regression") for name in convertible(contract(task))]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("task", "name"), ESTIMATORS)
def test_every_estimator_that_is_said_to_convert_does(tmp_path: Path, task: str, name: str) -> None:
    parity = exported(tmp_path / "model.onnx", task, estimator=PATHS[name], params=SETTINGS.get(name, {}))
    # 300 rows, one with all missing, one for each of 5 columns missing, one for each of 3 unseen categories
    assert parity.rows == 309
    assert parity.difference <= parity.tolerance


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("name", ["RandomForest", "HistGradientBoosting"])
def test_ordinal_categories_are_exact_too(tmp_path: Path, task: str, name: str) -> None:
    kind = PATHS[f"{name}{'Regressor' if task == 'regression' else 'Classifier'}"]
    parity = exported(tmp_path / "model.onnx", task, estimator=kind, categories="ordinal")
    assert parity.rows == 309
    assert parity.difference <= parity.tolerance


def test_at_least_the_usual_ones_convert() -> None:
    usual = {
        "LogisticRegression",
        "RandomForestClassifier",
        "HistGradientBoostingClassifier",
        "MLPClassifier",
        "LinearSVC",
    }
    assert usual <= set(convertible(contract()))
    assert not UNFAITHFUL & set(convertible(contract()))


@pytest.mark.parametrize(
    "name", ["sklearn.dummy.DummyClassifier", "sklearn.gaussian_process.GaussianProcessClassifier"]
)
def test_an_estimator_without_onnx_form_is_refused_with_the_list(name: str) -> None:
    with pytest.raises(
        ProjectError, match=r"has no exact ONNX form; use one of: AdaBoostClassifier, .*LogisticRegression, "
    ):
        check_convertible(build_estimator(contract(), train_params(estimator=name)), contract())


def test_a_file_that_answers_otherwise_is_refused_with_its_row(tmp_path: Path) -> None:
    frame = customers(300)
    columns, y = feature_columns(frame, contract()), target_values(frame, contract())
    training = train_pipeline(to_frame(columns, contract()), y, contract(), train_params(), None)

    honest = training.pipeline[-1].predict_proba
    oldest = int(np.nanargmax(columns["age"]))

    def lie_about_the_oldest(X: Any) -> Any:
        scores = honest(X)
        scores[np.asarray(X)[:, 0].argmax()] += 1e-3
        return scores

    path = tmp_path / "model.onnx"
    path.write_bytes(b"the model before")
    training.pipeline[-1].predict_proba = lie_about_the_oldest
    with pytest.raises(ProjectError, match=rf"differs from scikit-learn at training row {oldest + 1}: \["):
        export(training, contract(), {}, columns, y, path)
    assert path.read_bytes() == b"the model before"
    assert list(tmp_path.iterdir()) == [path]


def test_equal_inputs_give_equal_bytes(tmp_path: Path) -> None:
    for name in ("one.onnx", "two.onnx"):
        exported(tmp_path / name)
    assert (tmp_path / "one.onnx").read_bytes() == (tmp_path / "two.onnx").read_bytes()


def test_the_order_of_the_operator_sets_is_not_left_to_chance() -> None:
    """The same inputs gave another file about once in ten processes."""
    domains = ["ai.onnx.ml", ""]
    model = onnx.ModelProto(opset_import=[onnx.OperatorSetIdProto(domain=domain, version=1) for domain in domains])
    assert [opset.domain for opset in sort_opsets(model).opset_import] == ["", "ai.onnx.ml"]


def test_a_forests_tied_votes_stay_tied(tmp_path: Path) -> None:
    """Two trees vote 0.5 often; float32 must not turn a tie into a loss."""
    exported(tmp_path / "model.onnx", estimator="sklearn.ensemble.RandomForestClassifier", params={"n_estimators": 10})


def test_the_file_describes_itself(tmp_path: Path) -> None:
    exported(tmp_path / "model.onnx")
    described = {item.key: item.value for item in onnx.load(tmp_path / "model.onnx").metadata_props}
    assert sorted(described) == ["contract", "format", "golden", "graph", "hashes", "threshold"]
    assert json.loads(described["hashes"]) == {"data": "d", "params": "p", "lock": "l"}
    predictor = Predictor(tmp_path / "model.onnx")
    assert predictor.contract == contract()
    assert predictor.threshold == 0.5
    assert [output.name for output in onnx.load(tmp_path / "model.onnx").graph.output] == ["probabilities"]


def test_numbers_alone_and_texts_alone_are_enough(tmp_path: Path) -> None:
    for role in ("numeric", "categorical"):
        made = replace(contract(), features=tuple(f for f in contract().features if f.role == role))
        frame = customers(300)
        columns, y = feature_columns(frame, made), target_values(frame, made)
        training = train_pipeline(to_frame(columns, made), y, made, train_params(), None)
        assert export(training, made, {}, columns, y, tmp_path / "model.onnx").difference <= 1e-6
