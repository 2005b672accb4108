"""The model file alone: loading, encoding, deciding, and files that are none."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx.helper import make_graph, make_model, make_node, make_tensor_value_info

from harness.core.contract import Feature
from harness.core.errors import ProjectError
from harness.core.prepared import feature_columns
from harness.inference.predictor import CHUNK, Predictor, decide, encode, to_columns
from harness.model.golden_rows import GOLDEN_ROWS, golden_rows
from tests.support.constants import ROOT
from tests.support.tables import contract, customers


def test_rows_and_columns_give_the_same_scores(model: Path) -> None:
    predictor, frame = Predictor(model), customers(50)
    rows: Any = frame.astype(object).where(frame.notna(), None).to_dict("records")
    by_rows = predictor.scores(to_columns(rows, predictor.contract))
    np.testing.assert_array_equal(by_rows, predictor.scores(feature_columns(frame, predictor.contract)))


def test_a_row_scores_the_same_alone_and_among_many(model: Path) -> None:
    predictor, columns = Predictor(model), feature_columns(customers(CHUNK + 10), contract())
    together = predictor.scores(columns)
    for row in (0, CHUNK - 1, CHUNK, CHUNK + 9):
        alone = predictor.scores({name: values[row : row + 1] for name, values in columns.items()})
        np.testing.assert_allclose(alone[0], together[row], rtol=0, atol=1e-6)


def test_labels_follow_the_threshold(model: Path) -> None:
    predictor = Predictor(model)
    predictor.threshold = 0.8
    assert predictor.predict(np.array([[0.3, 0.7], [0.1, 0.9]], dtype=np.float32)) == ["no", "yes"]


def test_a_tie_is_positive_at_its_threshold() -> None:
    assert decide(np.array([[0.5, 0.49999997]], dtype=np.float32), 0.5).tolist() == [1]
    assert decide(np.array([[0.49999997, 0.5, 0.0]], dtype=np.float32), None).tolist() == [0]


def test_missing_values_are_nan_and_the_empty_text() -> None:
    numeric, categorical = encode(to_columns([{"plan": "pro", "visits": 3, "member": True}], contract()), contract())
    np.testing.assert_array_equal(numeric, np.array([[np.nan, 3]], dtype=np.float32))
    assert categorical.tolist() == [["pro", "", "true"]]


def test_golden_rows_meet_the_contract() -> None:
    rows = golden_rows(contract())
    assert (len(rows), rows[2]["age"], rows[2]["region"]) == (GOLDEN_ROWS, None, None)
    assert {row["plan"] for row in rows} == {"basic", "plus", "pro"}
    assert all(row["age"] is None or 0 <= row["age"] <= 120 for row in rows)
    assert all(isinstance(row["visits"], int) and row["visits"] >= 0 for row in rows)
    assert golden_rows(contract()) == rows


def test_golden_numbers_keep_off_exclusive_bounds() -> None:
    made = replace(contract(), features=(Feature("x", "number", "numeric", nullable=False, gt=0, lt=1),))
    assert all(0 < row["x"] < 1 for row in golden_rows(made))


def test_a_model_that_answers_otherwise_fails_its_golden_rows(model: Path) -> None:
    predictor = Predictor(model)
    predictor.check_golden()
    predictor.golden["answers"][4][1] += 1e-3
    with pytest.raises(ProjectError, match=r"golden row 5 must give .*, got"):
        predictor.check_golden()


def test_a_missing_model_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"model\.onnx: no model file; run: make pipeline"):
        Predictor(tmp_path / "model.onnx")


@pytest.mark.parametrize("kept", [0.0, 0.5, 0.9, 0.999])
def test_a_truncated_model_file_is_refused(model: Path, tmp_path: Path, kept: float) -> None:
    content = model.read_bytes()
    (tmp_path / "cut.onnx").write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(ProjectError, match=r"cut\.onnx: ") as error:
        Predictor(tmp_path / "cut.onnx")
    assert "\n" not in str(error.value)


def test_a_foreign_onnx_file_is_refused(tmp_path: Path) -> None:
    kinds = [make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1]) for name in ("x", "y")]
    graph = make_graph([make_node("Neg", ["x"], ["y"])], "foreign", kinds[:1], kinds[1:])
    onnx.save(
        make_model(graph, ir_version=10, opset_imports=[onnx.helper.make_opsetid("", 21)]), tmp_path / "foreign.onnx"
    )
    with pytest.raises(
        ProjectError, match=r"foreign\.onnx: not a model file of this template \(format must be 1, got None\)"
    ):
        Predictor(tmp_path / "foreign.onnx")


def test_a_file_that_is_no_onnx_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.onnx").write_text("no model at all")
    with pytest.raises(ProjectError, match=r"text\.onnx: not an ONNX model, or a truncated one"):
        Predictor(tmp_path / "text.onnx")


def test_the_predictor_needs_numpy_and_onnxruntime_alone() -> None:
    code = "import sys, harness.inference.predictor; print(*(name for name in sys.modules if '.' not in name))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert {"numpy", "onnxruntime"} <= set(loaded)
    assert not {"pandas", "sklearn", "pandera", "pydantic", "yaml", "matplotlib", "onnx", "skl2onnx"} & set(loaded)


@pytest.mark.parametrize(("told", "then"), [("", "1"), ("0", "0")])
def test_onnxruntime_reports_home_if_somebody_says_so(told: str, then: str) -> None:
    """An empty variable once let it."""
    command = [
        sys.executable,
        "-c",
        "import os, harness.inference.predictor; print(os.environ['ORT_DISABLE_TELEMETRY'])",
    ]
    environment = {**os.environ, "ORT_DISABLE_TELEMETRY": told}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == f"{then}\n"
