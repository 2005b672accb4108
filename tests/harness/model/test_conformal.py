"""Prediction intervals and sets: they hold the truth as often as asked, of rows and new groups; shown everywhere."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from harness.batch.score import score_file
from harness.core.conformal_params import ConformalParams
from harness.core.contract import Contract
from harness.core.errors import ProjectError
from harness.core.params import Params
from harness.core.prepared import feature_columns, target_values
from harness.evaluate.coverage import coverages, share_interval
from harness.evaluate.sample import Sample
from harness.evaluate.slices import slices_of
from harness.evaluate.units import Units
from harness.inference.conformal import Conformal
from harness.inference.predictor import Predictor
from harness.model.conformal import CalibrationRows, calibrate, calibration_rows
from harness.model.estimator import build_estimator
from harness.model.export import export
from harness.model.training import TrainingRows, train_model
from harness.serve.payloads import Payloads
from harness.serve.responder import Responder
from tests.support.project import no_features
from tests.support.tables import contract, customers, settings


def made_of(task: str, path: Path, conformal: Any = None, groups: int = 0, **changes: Any) -> Contract:
    """Train on 600 customers and write the model file."""
    told = settings(task, conformal=conformal or {"confidence": 0.8})
    frame, made = customers(600, task=task), replace(contract(task), **changes)
    known = (np.arange(600) // (600 // groups)).astype(str) if groups else None
    rows = TrainingRows(made, feature_columns(frame, made), target_values(frame, made), known, {})
    training = train_model(rows, Params.model_validate(told), no_features, build_estimator)
    export(training, made, {}, rows.columns, rows.y, path)
    return made


@pytest.fixture(scope="module", params=["regression", "multiclass"])
def file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp(request.param) / "model.onnx"
    made_of(request.param, path)
    return path


def test_the_answers_hold_the_truth_as_often_as_was_asked(file: Path) -> None:
    predictor = Predictor(file)
    task = predictor.contract.task
    frame = customers(20_000, seed=1, task=task)
    scores = predictor.scores(feature_columns(frame, predictor.contract)).astype(np.float64)
    sample = Sample(task, target_values(frame, predictor.contract), scores)
    conformal = predictor.conformal
    assert conformal is not None
    assert (conformal.rows, conformal.units) == (120, 120)
    parts = slices_of(frame, predictor.contract)
    whole, *others = coverages(sample, conformal, parts, Units(len(frame)))
    # 120 calibration rows: the coverage of one such model is spread by about 0.036 (Beta of 97 and 24).
    assert 0.8 - 0.11 < whole.low < whole.coverage < whole.high < 0.8 + 0.11
    assert [part.value for part in others] == ["basic", "plus", "pro"]
    assert sum(part.rows for part in others) == whole.rows == 20_000
    assert whole.size > 0


@pytest.mark.parametrize("kind", ["rows", "groups"])
def test_on_average_the_coverage_is_what_was_asked(kind: str) -> None:
    """Over many calibrations; of groups, whose rows are alike, for rows of new groups."""
    rng, hits = np.random.default_rng(0), []
    effect = 0.0 if kind == "rows" else 1.0

    class Zero:
        """A model that always says 0."""

        contract = contract("regression")

        def scores(self, columns: Any) -> Any:
            return np.zeros((len(columns["x"]), 1), np.float32)

    for _ in range(1000):
        sizes = np.ones(39, int) if kind == "rows" else rng.geometric(0.2, 39)
        names = np.repeat(np.arange(39), sizes)
        y = effect * rng.normal(size=39)[names] + rng.normal(size=len(names))
        groups = None if kind == "rows" else names.astype(str)
        held = CalibrationRows({"x": y}, y, groups, ConformalParams(confidence=0.9))
        found = calibrate(Zero(), held)  # type: ignore[arg-type]
        truth = effect * rng.normal(size=200) + rng.normal(size=200)
        hits.append((np.abs(truth) <= found.quantile).mean())
    assert 0.895 < np.mean(hits) < 0.93


def test_the_service_answers_them_and_describes_them(file: Path) -> None:
    responder, predictor = Responder(file), Predictor(file)
    rows = customers(5, seed=2, task=predictor.contract.task).drop(columns=["churned", "customer", "name"])
    answer = responder.answer(json.loads(rows.to_json(orient="records")))
    payloads = Payloads(predictor.contract, 10, predictor.golden["rows"][3], conformal=True)
    payloads.answer.model_validate(answer.to_dict())
    schema = str(payloads.answer.model_json_schema())
    conformal = predictor.conformal
    assert conformal is not None
    for prediction in answer.predictions:
        if predictor.contract.task == "regression":
            low, high = prediction["prediction_interval"]
            assert high - low == pytest.approx(2 * conformal.quantile)
            assert low < float(prediction["value"]) < high
            assert "prediction_interval" in schema
        else:
            assert prediction["label"] in prediction["prediction_set"]
            assert "prediction_set" in schema


def test_a_batch_holds_them(file: Path, tmp_path: Path) -> None:
    task = Predictor(file).contract.task
    customers(50, seed=2, task=task).to_csv(tmp_path / "in.csv", index=False)
    score_file(tmp_path / "in.csv", tmp_path / "out.csv", file)
    scored = pd.read_csv(tmp_path / "out.csv")
    if task == "regression":
        assert (scored["prediction_low"] < scored["prediction"]).all()
        assert (scored["prediction"] < scored["prediction_high"]).all()
    else:
        assert scored[["in_set_maybe", "in_set_no", "in_set_yes"]].any(axis=1).all()


def test_calibration_rows_are_whole_groups_and_the_latest_of_time() -> None:
    params, groups = ConformalParams(), np.repeat([f"g{i}" for i in range(50)], 4)
    kept = calibration_rows(contract("regression"), groups, 200, params, 0)
    assert kept.sum() == 40
    assert not set(groups[kept]) & set(groups[~kept])
    timed = replace(contract("regression"), time="when")
    assert np.flatnonzero(calibration_rows(timed, None, 200, params, 0)).tolist() == list(range(160, 200))


def test_the_likeliest_class_is_always_in_the_set() -> None:
    found = Conformal(0.5, 0.1, 10, 10).sets(np.array([[0.4, 0.35, 0.25], [0.95, 0.05, 0.0]], np.float32))
    assert found.tolist() == [[True, False, False], [True, False, False]]


@pytest.mark.parametrize(
    ("task", "conformal", "groups", "message"),
    [
        ("binary", {}, 0, "train.conformal must be none for task.type binary: its probability says how sure it is"),
        (
            "regression",
            {"confidence": 0.995},
            0,
            "train.conformal: a confidence of 0.995 needs 199 calibration rows, got 120; .* ask for at most 0.992",
        ),
        (
            "regression",
            {"confidence": 0.95},
            20,
            "confidence of 0.95 needs 19 calibration groups, got 4; .* at most 0.800",
        ),
        ("regression", {"calibration_size": 0.0001}, 0, "calibration_size must leave rows on both sides, got 0.0001"),
    ],
)
def test_what_cannot_be_is_one_line_and_touches_nothing(
    tmp_path: Path, task: str, conformal: Any, groups: int, message: str
) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"as it was")
    with pytest.raises(ProjectError, match=message):
        made_of(task, path, {"confidence": 0.8, **conformal}, groups)
    assert path.read_bytes() == b"as it was"


def test_without_it_a_model_file_is_what_it_was() -> None:
    """A key that came later must not change what a model is made of."""
    old, new = (Params.model_validate(settings("regression", **train)) for train in ({}, {"conformal": "none"}))
    assert old == new


def test_intervals_of_a_coverage_count_dependent_rows_as_fewer() -> None:
    hits = np.repeat(np.random.default_rng(0).random(40) < 0.9, 5).astype(float)
    alone, together = (share_interval(hits, units) for units in (Units(200), Units(200, np.repeat(np.arange(40), 5))))
    assert together[0] < alone[0] < hits.mean() < alone[1] < together[1]
    assert share_interval(np.ones(20), Units(20))[1] == 1
