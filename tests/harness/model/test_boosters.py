"""LightGBM, XGBoost and CatBoost: their own exact ONNX form. Where they are not installed, the way to them is told."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression

from harness.core.errors import ProjectError
from harness.core.files import file_hash
from harness.core.paths import OPTIONAL_LOCKS
from harness.inference.model_file import ModelFile
from harness.model.estimator import BOOSTERS, BOOSTERS_GROUP, build_estimator
from harness.model.export import check_convertible
from tests.support.constants import ROOT
from tests.support.models import exported_own
from tests.support.tables import contract, train_params

KINDS = {"lightgbm": "lightgbm.LGBM", "xgboost": "xgboost.XGB", "catboost": "catboost.CatBoost"}
TASKS = ("binary", "multiclass", "regression")
SIZES: dict[str, Any] = {
    "lightgbm": {"n_estimators": 200, "learning_rate": 0.3},
    "xgboost": {"n_estimators": 200},
    "catboost": {"iterations": 200, "depth": 4},
}


def named(package: str, task: str) -> str:
    return f"{KINDS[package]}{'Regressor' if task == 'regression' else 'Classifier'}"


def built(package: str, task: str, **params: Any) -> Any:
    if find_spec(package) is None:
        pytest.skip(f"{package} is not installed: make setup WITH=boosters")
    return build_estimator(contract(task), train_params(task, estimator=named(package, task), params=params))


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("package", BOOSTERS)
def test_a_booster_answers_as_its_package_does(tmp_path: Path, package: str, task: str) -> None:
    parity = exported_own(tmp_path / "model.onnx", task, built(package, task, **SIZES[package]))
    assert parity.rows == 309
    assert parity.difference <= parity.tolerance / 2


@pytest.mark.parametrize(
    ("package", "task", "params", "change"),
    [
        ("lightgbm", "regression", {"objective": "poisson"}, ""),
        ("xgboost", "regression", {"objective": "count:poisson"}, "the objective count:poisson has no ONNX form"),
        ("catboost", "regression", {"loss_function": "MAE", "iterations": 20}, ""),
        ("lightgbm", "multiclass", {"objective": "multiclassova"}, "the objective multiclassova has no ONNX form"),
        ("xgboost", "binary", {"booster": "dart"}, "booster dart has no ONNX form; take gbtree"),
        ("catboost", "binary", {"grow_policy": "Lossguide", "iterations": 20}, "only symmetric trees have"),
    ],
)
def test_another_objective_is_exact_too_or_refused(
    tmp_path: Path, package: str, task: str, params: Any, change: str
) -> None:
    estimator = built(package, task, **params)
    if change:
        with pytest.raises(ProjectError, match=change):
            exported_own(tmp_path / "model.onnx", task, estimator, positive=task == "regression")
        return
    parity = exported_own(tmp_path / "model.onnx", task, estimator, positive=task == "regression")
    assert parity.difference <= parity.tolerance


@pytest.mark.parametrize("package", BOOSTERS)
def test_an_unknown_parameter_is_told_with_those_that_there_are(package: str) -> None:
    with pytest.raises(ProjectError, match=rf"train.params.leafs is not a parameter of {package}.*; it has .*random_"):
        built(package, "binary", leafs=3)


@pytest.mark.parametrize("calibration", ["sigmoid", "isotonic"])
@pytest.mark.parametrize("task", ["binary", "multiclass"])
@pytest.mark.parametrize("package", BOOSTERS)
def test_a_calibrated_booster_is_exported(tmp_path: Path, package: str, task: str, calibration: str) -> None:
    few = {"iterations" if package == "catboost" else "n_estimators": 20}
    estimator = built(package, task, **few)
    assert exported_own(tmp_path / "model.onnx", task, estimator, calibration=calibration).rows == 309


def test_the_lock_of_the_boosters_is_in_the_model_file(tmp_path: Path) -> None:
    exported_own(tmp_path / "model.onnx", "binary", built("lightgbm", "binary", n_estimators=5))
    lock = ROOT / OPTIONAL_LOCKS[BOOSTERS_GROUP]
    assert ModelFile(tmp_path / "model.onnx").hashes == {BOOSTERS_GROUP: file_hash(lock)}


def test_a_vote_of_boosters_and_a_weight_is_exported(tmp_path: Path) -> None:
    named_parts = [("light", built("lightgbm", "binary", n_estimators=20)), ("line", LogisticRegression())]
    vote = VotingClassifier(named_parts, voting="soft", weights=[2, 1])
    assert exported_own(tmp_path / "model.onnx", "binary", vote).rows == 309


@pytest.mark.parametrize("package", BOOSTERS)
def test_without_the_optional_group_the_command_is_named(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, package, None)  # as if it were not installed
    name = named(package, "binary")
    with pytest.raises(ProjectError, match=rf"{name} needs the optional group boosters.* make setup WITH=boosters$"):
        build_estimator(contract(), train_params(estimator=name))


def test_a_missing_library_of_the_system_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_name: str) -> None:
        raise OSError("libgomp.so.1: cannot open shared object file")

    monkeypatch.setattr("harness.model.estimator.importlib.import_module", fail)
    with pytest.raises(ProjectError, match=r"libgomp\.so\.1: cannot open .*; on Debian: apt-get install libgomp1$"):
        build_estimator(contract(), train_params(estimator="lightgbm.LGBMClassifier"))


def test_check_convertible_still_refuses_what_has_no_form() -> None:
    refused = build_estimator(contract(), train_params(estimator="sklearn.dummy.DummyClassifier"))
    with pytest.raises(ProjectError, match="no exact ONNX form"):
        check_convertible(refused, contract())
