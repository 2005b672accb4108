"""Answers of a loaded model, for every task, and what is counted of them; no HTTP."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic_core import to_json

from harness.core.contract import as_text
from harness.inference.predictor import Predictor, to_columns
from harness.serve.answer import NoAnswerError
from harness.serve.payloads import build_answer_model
from harness.serve.responder import SHARES, Responder
from tests.support.models import exported

TASKS = ["binary", "multiclass", "regression"]


def answers_of(folder: Path, task: str) -> tuple[Responder, Predictor]:
    exported(folder / "model.onnx", task)
    return Responder(folder / "model.onnx"), Predictor(folder / "model.onnx")


@pytest.mark.parametrize("task", TASKS)
def test_an_answer_is_the_predictors_to_the_bit(tmp_path: Path, task: str) -> None:
    answers, predictor = answers_of(tmp_path, task)
    answer = json.loads(answers.answer(predictor.golden["rows"]).to_json())
    scores = np.asarray(predictor.golden["answers"], dtype=np.float32)
    labels = predictor.predict(scores)
    if task == "regression":
        wanted: list[Any] = [{"value": value} for value in scores[:, 0].astype(float)]
    else:
        rows = [dict(zip(predictor.contract.classes, row.tolist(), strict=True)) for row in scores]
        wanted = [{"label": label, "probabilities": row} for label, row in zip(labels, rows, strict=True)]
    assert answer == {"model_version": predictor.version, "predictions": wanted}
    build_answer_model(predictor.contract).model_validate(answer)
    given = answers.answer(predictor.golden["rows"])
    assert given.to_json() == to_json(given.to_dict())  # however it is written


@pytest.mark.parametrize("task", TASKS)
def test_what_is_answered_is_counted(tmp_path: Path, task: str) -> None:
    answers, predictor = answers_of(tmp_path, task)
    rows = predictor.golden["rows"]
    for _ in range(3):
        answers.answer(rows)
    answers.flush()
    count = answers.registry.get_sample_value
    labels = predictor.predict(np.asarray(predictor.golden["answers"], dtype=np.float32))
    assert count("model_score_count") == 3 * len(rows)
    for label in predictor.contract.classes:
        counted = count("model_predictions_total", {"label": as_text(label)}) or 0
        assert counted == 3 * labels.count(label)
    assert count("model_info", {"version": predictor.version}) == 1


def test_values_are_counted_between_the_deciles_of_the_golden_answers(tmp_path: Path) -> None:
    answers, predictor = answers_of(tmp_path, "regression")
    answers.answer(predictor.golden["rows"])
    answers.flush()
    bounds = [
        float(sample.labels["le"])
        for metric in answers.registry.collect()
        for sample in metric.samples
        if sample.name == "model_score_bucket"
    ]
    assert len(bounds) == 12
    assert bounds[0] == np.min(predictor.golden["answers"])


@pytest.mark.filterwarnings("error")
def test_a_row_without_a_finite_answer_is_refused_and_none_is_counted(tmp_path: Path) -> None:
    """visits has no upper bound, and float32 ends at 3.4e38."""
    answers, predictor = answers_of(tmp_path, "regression")
    rows = [*predictor.golden["rows"], {**predictor.golden["rows"][0], "visits": 10**200}]
    with pytest.raises(NoAnswerError) as error:
        answers.answer(rows)
    assert error.value.rows == [len(rows) - 1]
    assert answers.registry.get_sample_value("model_score_count") == 0


@pytest.mark.parametrize("rows", [10, 1000])
def test_few_and_many_rows_are_counted_alike(tmp_path: Path, rows: int) -> None:
    """A bucket at a time, through what prometheus_client keeps to itself."""
    answers, predictor = answers_of(tmp_path, "binary")
    given = [predictor.golden["rows"][index % 20] for index in range(rows)]
    answers.answer(given)
    answers.flush()
    scores = predictor.scores(to_columns(given, predictor.contract))[:, 1]
    samples = [sample for family in answers.registry.collect() for sample in family.samples]
    buckets = [sample.value for sample in samples if sample.name == "model_score_bucket"]
    assert buckets == [float((scores <= bound).sum()) for bound in (*SHARES, np.inf)]
    (total,) = (sample.value for sample in samples if sample.name == "model_score_sum")
    assert total == pytest.approx(float(scores.sum()), rel=1e-5)
