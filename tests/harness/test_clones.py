"""What has to hold for the project's own data, whatever `make adopt` has put there; all else uses a known table."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from harness.core.paths import MODEL_PATH
from harness.inference.model_file import ModelFile
from harness.serve.payloads import build_request_model
from tests.support.clone import Clone, clone_of
from tests.support.constants import ROOT
from tests.support.project import STAGES, example_request, stages_run


def data_files(clone: Clone) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (clone.folder / "data").iterdir()}


def test_two_fresh_clones_agree_to_the_byte(evaluated: Clone, clone: Clone) -> None:
    clone.run("dvc", "pull", "data.dvc")
    again = clone.run("env", "COLD=1", "dvc", "repro", "--force")  # stages that start, with other hashes of texts
    assert stages_run(again.stdout) == list(STAGES)
    for name in ("dvc.lock", "artifacts/model/model.onnx", "artifacts/evaluation/metrics.json"):
        assert (clone.folder / name).read_bytes() == (evaluated.folder / name).read_bytes(), name


def test_a_clone_with_windows_line_ends_gets_the_right_bytes(origin: Clone, evaluated: Clone, tmp_path: Path) -> None:
    """Without .gitattributes git would rewrite the objects in .dvc/store, and `dvc pull` would not notice."""
    clone = clone_of(origin, tmp_path / "clone", "--config", "core.autocrlf=true")
    clone.run("dvc", "pull", "data.dvc")
    assert data_files(clone) == data_files(evaluated)
    assert clone.status() == ""


def test_a_clone_of_depth_1_gets_the_data(origin: Clone, evaluated: Clone, tmp_path: Path) -> None:
    clone = Clone(tmp_path / "clone")
    origin.run("git", "clone", "--quiet", "--depth", "1", f"file://{origin.folder}", str(clone.folder))
    clone.run("dvc", "pull", "data.dvc")
    assert data_files(clone) == data_files(evaluated)


@pytest.mark.skipif(not (ROOT / ".dvc/store").exists(), reason="the data is at a remote: there is no store to damage")
def test_a_damaged_object_is_noticed(clone: Clone) -> None:
    for path in (clone.folder / ".dvc/store").glob("files/md5/??/*"):
        path.chmod(0o644)
        path.write_bytes(path.read_bytes() + b"x")
    assert clone.run("dvc", "pull", "data.dvc", check=False).returncode != 0


def test_metrics_for_dvc_are_the_estimates_alone(lent: Clone) -> None:
    shown = json.loads(lent.run("dvc", "metrics", "show", "--json").stdout)[""]["data"]
    assert all(
        isinstance(value, float) for value in shown["artifacts/evaluation/metrics.json"]["data"]["test"].values()
    )


def test_the_example_request_is_one_that_the_model_takes(evaluated: Clone) -> None:
    """A README once had half a line in its place."""
    contract = ModelFile(evaluated.folder / MODEL_PATH).contract
    readme = (ROOT / "README.md").read_text("utf-8")
    request: Any = build_request_model(contract, 1, {}).model_validate_json(json.dumps(example_request(readme)))
    assert len(request.rows) == 1


def test_a_report_of_no_change_passes_the_gate(evaluated: Clone, tmp_path: Path) -> None:
    made = Clone(tmp_path / "made")
    shutil.copytree(evaluated.folder, made.folder, symlinks=True)
    made.commit("results")
    shutil.rmtree(made.folder / "data")  # the report brings it, as in CI
    made.run("python", "-m", "harness", "report")
    found = json.loads((made.folder / "artifacts/report/report.json").read_text("utf-8"))
    assert (found["base_state"], {change["change"] for change in found["changes"]}) == ("compared", {0})
    made.run("python", "-m", "harness", "gate")
