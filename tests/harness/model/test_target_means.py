"""Names of an open set: the target's mean for each, but none of a rare one, which the model file must not hold."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.core.prepared import feature_columns, target_values
from harness.inference.predictor import Predictor, to_columns
from harness.model.export import export
from harness.model.pipeline import to_frame
from harness.model.target_means import TargetMeans
from harness.model.tuning import train_pipeline
from tests.support.tables import contract, customers, train_params

PERSON = "Dr. Ada Lovelace"


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_rare_value_is_not_in_the_model_file_and_scored_as_an_unseen_one(tmp_path: Path, task: str) -> None:
    frame = customers(400, task=task)
    frame.loc[frame.index[:9], "region"] = PERSON
    known, columns, y = contract(task), feature_columns(frame, contract(task)), target_values(frame, contract(task))
    training = train_pipeline(to_frame(columns, known), y, known, train_params(task), None)
    export(training, known, {}, columns, y, tmp_path / "model.onnx")
    content = (tmp_path / "model.onnx").read_bytes()
    assert b"north" in content
    assert PERSON.encode() not in content
    predictor, row = Predictor(tmp_path / "model.onnx"), frame.iloc[0][[*known.names("numeric"), "plan", "member"]]
    rows: list[dict[str, object]] = [{**dict(row), "region": region} for region in (PERSON, "the moon", "north")]
    rare, unseen, north = predictor.scores(to_columns(rows, known)).tolist()
    assert rare == unseen != north


def test_a_rare_value_counts_by_itself_where_that_is_asked_for(tmp_path: Path) -> None:
    frame = customers(400)
    frame.loc[frame.index[:9], "region"] = PERSON
    made = contract()
    known = replace(made, features=tuple(replace(one, rare=one.name == "region") for one in made.features))
    columns, y = feature_columns(frame, known), target_values(frame, known)
    training = train_pipeline(to_frame(columns, known), y, known, train_params(), None)
    export(training, known, {}, columns, y, tmp_path / "model.onnx")
    assert PERSON.encode() in (tmp_path / "model.onnx").read_bytes()


def test_rare_values_share_one_mean() -> None:
    texts = np.array([["a"], ["b"], ["c"]] * 4 + [["north"]] * 12, dtype=object)
    y = np.array([1.0] * 12 + [0.0] * 12)
    encoder = TargetMeans(target_type="continuous", smooth=0.0).fit(texts, y)
    assert encoder.transform(np.array([["a"], ["unseen"], ["north"]], dtype=object)).ravel().tolist() == [1, 1, 0]
