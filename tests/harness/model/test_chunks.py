"""LightGBM and XGBoost learn from chunks of rows, of which none is held: the model file has the same bytes."""

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.core import prepared
from harness.core.contract import Contract
from harness.core.errors import ProjectError
from harness.core.params import Params
from harness.core.prepared import Prepared
from harness.model import encoded_rows, memory, training
from harness.model.chunked_boosters import why_whole
from harness.model.estimator import build_estimator
from harness.model.export import export
from harness.model.training import read_training_rows, train_model
from tests.support.project import no_features
from tests.support.tables import contract, customers, train_params
from tests.support.tables import settings as given_params

ROWS, CHUNK = 700, 128
BOOSTERS = {"lightgbm": "lightgbm.LGBM", "xgboost": "xgboost.XGB"}
ORDERS: dict[str, dict[str, Any]] = {"as they come": {}, "by group": {"group": "region"}, "by time": {"time": "since"}}


def written(folder: Path, made: Contract, task: str) -> Prepared:
    """A prepared data set of customers; some rows have the same moment."""
    frame = customers(ROWS, task=task).drop(columns="name")
    moments = np.random.default_rng(1).integers(0, 90, ROWS).astype("m8[D]")
    frame["since"] = np.datetime64("2024-01-01", "s") + moments
    done = Prepared(folder)
    done.write(frame, frame, made, {"data_sha256": "d"})
    return done


def model_bytes(rows: Prepared, params: Params, path: Path) -> bytes:
    read = read_training_rows(rows, params)
    made = train_model(read, params, no_features, build_estimator)
    export(made, read.contract, read.hashes, read.columns, read.y, path)
    return path.read_bytes()


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("package", BOOSTERS)
def test_chunks_give_the_bytes_that_all_rows_give(
    package: str, task: str, order: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An open category's means, gaps, ties in time and a balanced class are among what must be the same."""
    if find_spec(package) is None:
        pytest.skip(f"{package} is not installed: make setup WITH=boosters")
    for module in (prepared, encoded_rows):
        monkeypatch.setattr(module, "SCORED_TOGETHER", CHUNK)
    kind = "Regressor" if task == "regression" else "Classifier"
    settings: dict[str, Any] = {"estimator": BOOSTERS[package] + kind, "params": {"n_estimators": 15, "n_jobs": 1}}
    if package == "lightgbm" and task == "binary":
        settings["class_weight"] = "balanced"
    if task == "regression":
        settings["categories"] = "ordinal"
    params = Params.model_validate(given_params(task, **settings))
    done = written(tmp_path / "prepared", replace(contract(task), **ORDERS[order]), task)
    found = []
    for chunks in (False, True):
        monkeypatch.setattr(training, "choose_chunks", lambda *_, chunks=chunks: chunks)
        found.append(model_bytes(done, params, tmp_path / f"{chunks}.onnx"))
    assert found[0] == found[1]


@pytest.mark.parametrize("objective", ["poisson", "gamma"])
def test_counts_that_begin_with_zeros_are_learnt_or_refused_in_chunks_as_all_at_once(
    objective: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first 300 rows are 0: a few of them alone cannot be fitted; a gamma distribution takes no 0 at all."""
    if find_spec("lightgbm") is None:
        pytest.skip("lightgbm is not installed: make setup WITH=boosters")
    for module in (prepared, encoded_rows):
        monkeypatch.setattr(module, "SCORED_TOGETHER", CHUNK)
    chosen = {"n_estimators": 5, "n_jobs": 1, "objective": objective}
    params = Params.model_validate(given_params("regression", estimator="lightgbm.LGBMRegressor", params=chosen))
    done = Prepared(tmp_path / "prepared")
    frame = customers(ROWS, task="regression").drop(columns="name")
    frame["churned"] = np.maximum(0.0, np.arange(ROWS) - 300.0)
    done.write(frame, frame, contract("regression"), {"data_sha256": "d"})
    found: list[bytes | str] = []
    for chunks in (False, True):
        monkeypatch.setattr(training, "choose_chunks", lambda *_, chunks=chunks: chunks)
        try:
            found.append(model_bytes(done, params, tmp_path / f"{chunks}.onnx"))
        except ProjectError as error:
            found.append(str(error))
    assert found[0] == found[1]
    assert isinstance(found[0], bytes) == (objective == "poisson")


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"estimator": "sklearn.linear_model.LogisticRegression"}, "train.estimator sklearn.linear_model."),
        ({"estimator": "xgboost.XGBClassifier", "params": {"tree_method": "exact"}}, "train.params.tree_method"),
        ({"estimator": "xgboost.XGBClassifier", "params": {"feature_weights": [1]}}, "train.params.feature_weights"),
        ({"estimator": "lightgbm.LGBMClassifier", "calibration": "sigmoid"}, "train.calibration"),
        ({"estimator": "lightgbm.LGBMClassifier", "cross_validate": True}, "train.cross_validate"),
    ],
)
def test_what_needs_all_rows_is_refused_before_it_starts_and_says_why(
    settings: dict[str, Any], why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMORY_GB", "0.4001")
    params = train_params(**settings)
    assert str(why_whole(params, contract())).startswith(why)
    rows = written(tmp_path, contract(), "binary").open_rows("train")
    refused = rf"learning from 700 rows takes about 0\.4 GB .* rows fit .*; LightGBM and XGBoost .*, but not with {why}"
    with pytest.raises(ProjectError, match=refused):
        memory.choose_chunks(rows, contract(), params)


def test_a_forest_takes_memory_for_each_leaf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A forest of 1,000 trees took seven times of what was reckoned."""
    forest: dict[str, Any] = {"estimator": "sklearn.ensemble.RandomForestClassifier", "params": {"n_estimators": 1000}}
    monkeypatch.setenv("MEMORY_GB", "0.6")
    rows = written(tmp_path, contract(), "binary").open_rows("train")
    with pytest.raises(
        ProjectError,
        match=r"learning from 700 rows takes about 0\.7 GB .*, and 0\.6 GB are there: about 4\d\d rows fit",
    ):
        memory.choose_chunks(rows, contract(), train_params(**forest))
    forest["params"]["max_depth"] = 3
    assert not memory.choose_chunks(rows, contract(), train_params(**forest))


def test_chunks_are_chosen_where_all_rows_do_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    params = train_params(estimator="lightgbm.LGBMClassifier")
    rows = written(tmp_path, contract(), "binary").open_rows("train")
    assert not memory.choose_chunks(rows, contract(), params)
    monkeypatch.setattr(memory, "IN_CHUNKS", {"lightgbm": memory.Appetite(value=1, cell=0)})
    monkeypatch.setenv("MEMORY_GB", "0.4001")
    assert memory.choose_chunks(rows, contract(), params)
    assert (
        "train.parquet: learning from 700 rows in chunks: at once they would not fit into the memory\n"
        in capsys.readouterr().out
    )
