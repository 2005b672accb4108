"""What a model file says of itself, and files that say nothing: one line each, whatever is in them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx.helper import make_opsetid, set_model_props

from harness.core.contract import Contract
from harness.core.errors import ProjectError
from harness.core.files import file_hash
from harness.inference.model_file import ModelFile, graph_hash
from harness.inference.predictor import Predictor


def refusal(path: Path) -> str:
    with pytest.raises(ProjectError) as error:
        ModelFile(path)
    assert "\n" not in str(error.value)
    return str(error.value)


def with_description(model: Path, path: Path, **changes: Any) -> Path:
    """A copy of the model with other metadata; None takes an entry away."""
    file = onnx.load(model)
    entries = {entry.key: entry.value for entry in file.metadata_props} | changes
    set_model_props(file, {key: value for key, value in entries.items() if value is not None})
    onnx.save(file, path)
    return path


def test_the_description_is_what_onnxruntime_reads(model: Path) -> None:
    read = onnxruntime.InferenceSession(model).get_modelmeta().custom_metadata_map
    file = ModelFile(model)
    assert file.contract == Contract.from_json(json.loads(read["contract"]))
    assert [file.threshold, file.hashes, file.golden] == [
        json.loads(read[k]) for k in ("threshold", "hashes", "golden")
    ]
    assert (file.sha256, file.version) == (file_hash(model), file_hash(model)[:12])


def test_no_beginning_of_a_file_passes_for_the_file(model: Path, tmp_path: Path) -> None:
    content = model.read_bytes()
    # Everywhere among them: where an entry of the description ends, each shorter file is whole protobuf.
    cuts = {*np.linspace(0, len(content) - 1, 200, dtype=int).tolist(), *range(len(content) - 30, len(content))}
    cuts |= {at - 1 for at in range(len(content)) if content[at : at + 8] in {b"\n\x06golden", b"\n\x06hashes"}}
    cuts |= {cut - size for cut in cuts for size in range(1, 5)}
    cut = tmp_path / "cut.onnx"
    for size in sorted(size for size in cuts if size >= 0):
        cut.write_bytes(content[:size])
        assert refusal(cut).startswith(f"{cut}: "), size


def test_random_bytes_are_refused(tmp_path: Path) -> None:
    rng, path = np.random.default_rng(0), tmp_path / "random.onnx"
    for size in range(500):
        path.write_bytes(rng.bytes(size))
        assert refusal(path).startswith(f"{path}: not ")


def test_a_number_without_an_end_does_not_take_for_ever(tmp_path: Path) -> None:
    (tmp_path / "ones.onnx").write_bytes(b"\xff" * 5_000_000)
    assert refusal(tmp_path / "ones.onnx") == f"{tmp_path}/ones.onnx: not an ONNX model, or a truncated one"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path / "model.onnx") == f"{tmp_path}/model.onnx: no model file; run: make pipeline"


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.onnx").touch()
    assert refusal(tmp_path / "empty.onnx").endswith(
        "empty.onnx: not a model file of this template (format must be 1, got None)"
    )


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (dict.fromkeys(("format", "contract", "threshold", "hashes", "golden")), r"not a model file of .*, got None"),
        ({"format": "2"}, r"not a model file of this template \(format must be 1, got 2\)"),
        ({"graph": "0" * 64}, "a damaged model: its graph does not match its description"),
        ({"golden": None}, r"its description cannot be read: KeyError\('golden'\)"),
        ({"contract": "{"}, "its description cannot be read: JSONDecodeError"),
        ({"contract": '{"features": [1]}'}, "its description cannot be read: AttributeError"),
        ({"contract": '{"features": [{"bounds": 1}]}'}, "its description cannot be read: TypeError"),
        ({"hashes": "[" * 100_000}, "its description cannot be read: RecursionError"),
    ],
)
def test_another_description_is_refused(model: Path, tmp_path: Path, changes: dict[str, Any], told: str) -> None:
    path = with_description(model, tmp_path / "other.onnx", **changes)
    assert len(refusal(path)) < 300
    with pytest.raises(ProjectError, match=told):
        ModelFile(path)


def test_a_changed_bit_of_the_graph_is_seen_before_it_runs(model: Path, tmp_path: Path) -> None:
    """onnxruntime can crash over such a file."""
    content, path = model.read_bytes(), tmp_path / "damaged.onnx"
    described = content.index(b"\n\x08contract") - 50
    for at in np.linspace(0, described, 300, dtype=int).tolist():
        path.write_bytes(content[:at] + bytes([content[at] ^ 1 << at % 8]) + content[at + 1 :])
        assert refusal(path).startswith(f"{path}: "), at


def test_golden_answers_that_are_no_numbers_are_refused(model: Path) -> None:
    predictor = Predictor(model)
    predictor.golden["answers"] = [[float("nan")] * 2] * len(predictor.golden["answers"])
    with pytest.raises(ProjectError, match=r"golden row 1 must give \[nan, nan\], got"):
        predictor.check_golden()


def test_a_model_with_other_inputs_cannot_answer_its_golden_rows(model: Path, tmp_path: Path) -> None:
    read = onnxruntime.InferenceSession(model).get_modelmeta().custom_metadata_map
    kinds = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1]) for name in ("x", "y")]
    graph = onnx.helper.make_graph([onnx.helper.make_node("Neg", ["x"], ["y"])], "other", kinds[:1], kinds[1:])
    file = onnx.helper.make_model(graph, ir_version=10, opset_imports=[make_opsetid("", 21)])
    set_model_props(file, read | {"graph": graph_hash(file.SerializeToString(deterministic=True))})
    onnx.save(file, tmp_path / "other.onnx")
    with pytest.raises(ProjectError, match=r"other\.onnx: cannot answer its golden rows: 'x'"):
        Predictor(tmp_path / "other.onnx").check_golden()
