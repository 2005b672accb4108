"""A model file of another branch: every command that takes the work tree's model says that it is not."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from harness.core.files import file_hash
from harness.project.recorded_model import note_other_model
from tests.support.clone import Clone, lend_environment
from tests.support.warm import programs

MODEL = "artifacts/model/model.onnx"
NOTE = f"note: {MODEL} is not the model of this work tree (dvc.lock); to make it: make pipeline"


@pytest.fixture
def trained(reproduced: Clone) -> Clone:
    lend_environment(reproduced)
    return reproduced


def replace_model(clone: Clone, model: Path) -> str:
    """Put another model in its place, as `git switch` leaves it; its version."""
    (clone.folder / MODEL).unlink()
    shutil.copyfile(model, clone.folder / MODEL)
    return file_hash(model)[:12]


def test_a_model_of_another_branch_is_named_before_it_scores(trained: Clone, model: Path) -> None:
    """Wrong scores, silently; and make monitor then raised a false alarm on them."""
    own, score = file_hash(trained.folder / MODEL)[:12], ("make", "predict", "IN=data/customers.csv", "OUT=scores.csv")
    done = trained.run(*score)
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] == f"scores.csv: 2,000 rows, by model {own}"
    other = replace_model(trained, model)
    done = trained.run(*score)
    assert done.stderr.splitlines() == [NOTE]
    assert done.stdout.splitlines()[-1] == f"scores.csv: 2,000 rows, by model {other}"
    assert trained.run(*score, f"MODEL={model}").stderr == ""
    for command in (
        ["monitor", "LOG=scores.csv"],
        ["retrain", "LOG=scores.csv"],
        ["shadow", "LOG=scores.csv", f"CANDIDATE={model}"],
        ["verify", "URL=http://127.0.0.1:9", "WITHIN=0"],
    ):
        assert trained.run("make", *command, check=False).stderr.splitlines()[0] == NOTE
    (trained.folder / "dvc.lock").unlink()
    assert trained.run(*score).stderr == ""


def test_a_lock_that_came_along_from_another_branch_hides_nothing(
    trained: Clone, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """dvc.lock need not be committed, and `git switch` takes it along."""
    monkeypatch.chdir(trained.folder)
    trained.edit_params(lambda params: params["evaluate"].update(resamples=300))
    note_other_model()
    assert capsys.readouterr().err == ""
    trained.edit_params(lambda params: params["train"]["params"].update(max_iter=7))
    note_other_model()
    assert capsys.readouterr().err == (
        f"note: {MODEL} was trained with other settings than params.yaml has (train); to make it: make pipeline\n"
    )


def test_a_model_of_another_branch_is_named_before_it_is_served(trained: Clone, model: Path) -> None:
    version = replace_model(trained, model)
    environment = {**os.environ, "PATH": f"{programs()}{os.pathsep}{os.environ['PATH']}"}
    command = ["python", "-m", "harness", "serve", "--port", "0"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=trained.folder, env=environment, stdout=pipe, stderr=pipe, text=True) as service:
        assert service.stdout
        assert service.stderr
        assert service.stdout.readline().startswith(f"model {version} on http://127.0.0.1:")
        service.terminate()
        assert service.stderr.readline() == NOTE + "\n"


@pytest.mark.parametrize(
    "lock",
    ["", "stages: {}\n", f"    - path: {MODEL}.old\n      md5: 0\n", "<<<<<<< ours\n", "\xff"],
    ids=["empty", "no stage", "another file", "a conflict", "no UTF-8"],
)
def test_where_no_model_is_recorded_nothing_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], lock: str
) -> None:
    monkeypatch.chdir(tmp_path)
    note_other_model()
    (tmp_path / MODEL).parent.mkdir(parents=True)
    (tmp_path / MODEL).write_bytes(b"any")
    (tmp_path / "dvc.lock").write_bytes(lock.encode("latin-1"))
    note_other_model()
    assert capsys.readouterr().err == ""
