"""`make` in a clone: the commands of the README on a table that the tests know."""

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
import pytest

from tests.support.clone import Clone, clone_of, lend_environment
from tests.support.constants import PATIENCE

DATA = "data/customers.csv"


@pytest.fixture
def clone(known: Clone, tmp_path: Path) -> Clone:
    return clone_of(known, tmp_path / "clone")


@pytest.fixture
def trained(reproduced: Clone) -> Clone:
    """Evaluated already, so that a test begins where something happens to its results."""
    lend_environment(reproduced)
    return reproduced


def table(clone: Clone) -> pd.DataFrame:
    return pd.read_csv(clone.folder / DATA, dtype=str, keep_default_na=False)


def write(frame: pd.DataFrame, path: Path) -> Path:
    frame.to_csv(path, index=False)
    return path


def test_make_pipeline_ends_with_metrics_and_a_clean_tree(made: Clone) -> None:
    done = made.run("make", "pipeline")
    assert "roc_auc" in done.stdout
    assert "artifacts/evaluation/plots/*.png" in done.stdout
    again = made.run("make", "pipeline")
    assert "Data and pipelines are up to date." in again.stdout
    assert "Running stage" not in again.stdout


def update(params: dict[str, Any], section: str, change: dict[str, str]) -> None:
    params[section].update(change)


def test_a_failed_run_gives_the_last_good_results_back(trained: Clone) -> None:
    names = ("artifacts/model/model.onnx", "artifacts/evaluation/metrics.json", "artifacts/prepared/train.parquet")
    before = {name: (trained.folder / name).read_bytes() for name in names}
    for section, change in (("evaluate", {"primary": "nonsense"}), ("train", {"estimator": "sklearn.no.Thing"})):
        trained.edit_yaml("params.yaml", partial(update, section=section, change=change))
        done = trained.run("make", "pipeline", check=False)
        assert done.returncode != 0
        assert f"error: params.yaml: {section}." in done.stderr
        assert {name: (trained.folder / name).read_bytes() for name in names} == before


def test_a_project_without_a_schema_is_told_in_one_line(trained: Clone) -> None:
    (trained.folder / "src/schema.py").unlink()
    for command in ("pipeline", "report"):
        done = trained.run("make", command, check=False)
        assert done.stderr.splitlines()[0] == (
            f"error: src/schema.py: not found; every project needs this file, and {trained.folder} has none"
        )
    assert trained.status() == " D src/schema.py\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_gives_the_last_good_results_back(trained: Clone, number: signal.Signals) -> None:
    """Only the command gets the signal, as from a supervisor; its stage must not write on."""
    names = ("artifacts/model/model.onnx", "artifacts/evaluation/metrics.json", "dvc.lock")
    before = {name: (trained.folder / name).read_bytes() for name in names}
    trained.edit_params(lambda params: params["train"]["params"].update(max_iter=100_000))
    code = "from signal import *; from harness.__main__ import main; signal(SIGINT, default_int_handler); main()"
    command = [sys.executable, "-c", code, "pipeline"]  # what a shell starts in the background is deaf to SIGINT
    environment = os.environ | {"PYTHONPATH": "."}
    with subprocess.Popen(
        command, cwd=trained.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        for line in process.stdout:
            if "src.train" in line:
                break
        stage = until_it_trains(process.pid)
        process.send_signal(number)
        _, printed = process.communicate(timeout=PATIENCE)
    assert (process.returncode, printed.splitlines()[-1]) == (1, "error: stopped; nothing was written")
    assert not stage.is_running()
    assert {name: (trained.folder / name).read_bytes() for name in names} == before


def until_it_trains(pid: int) -> psutil.Process:
    """The stage's own process."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for each in psutil.Process(pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                if each.cmdline()[-1:] == ["src.train"] and "python" in each.name():
                    return each
        time.sleep(0.1)
    raise TimeoutError


def test_from_scratch_no_record_and_no_cache_is_believed(trained: Clone) -> None:
    good = {name: (trained.folder / name).read_bytes() for name in ("dvc.lock", "artifacts/evaluation/metrics.json")}
    (trained.folder / "dvc.lock").write_text("forged")
    (trained.folder / "artifacts/evaluation/metrics.json").write_text("{}")
    cached = trained.run("make", "pipeline", "SCRATCH=cached").stdout
    assert "Stage 'train' is cached - skipping run" in cached
    assert {name: (trained.folder / name).read_bytes() for name in good} == good
    (trained.folder / "dvc.lock").write_text("forged")
    assert "Running stage 'train'" in trained.run("make", "pipeline", "SCRATCH=1").stdout
    assert {name: (trained.folder / name).read_bytes() for name in good} == good
    trained.edit_params(lambda params: params["evaluate"].update(primary="nonsense"))
    assert trained.run("make", "pipeline", "SCRATCH=1", check=False).returncode != 0
    assert {name: (trained.folder / name).read_bytes() for name in good} == good


def test_make_help_names_every_command(made: Clone) -> None:
    listed = made.run("make", "help").stdout
    for name in ("pipeline", "test", "check", "data", "remote", "lock", "bench", "setup"):
        assert f"make {name} " in listed


def test_data_is_replaced_and_rows_are_added(made: Clone, tmp_path: Path) -> None:
    made.run("dvc", "pull", "data.dvc")
    whole = table(made)
    most, rest = write(whole.iloc[:-20], tmp_path / "most.csv"), write(whole.iloc[-20:, ::-1], tmp_path / "rest.csv")
    assert f"{len(whole) - 20} rows" in made.run("make", "data", f"FILE={most}").stdout
    assert len(table(made)) == len(whole) - 20
    made.commit("fewer rows")
    made.run("make", "data", f"FILE={rest}", "APPEND=1")
    pd.testing.assert_frame_equal(table(made), whole)
    made.commit("all rows again")
    other = clone_of(made, tmp_path / "other")
    other.run("dvc", "pull", "data.dvc")
    pd.testing.assert_frame_equal(table(other), whole)


def test_the_note_on_replaced_data_gives_a_command_that_adds_the_rows(made: Clone, tmp_path: Path) -> None:
    made.run("dvc", "pull", "data.dvc")
    whole = table(made)
    made.run("make", "data", f"FILE={write(whole.iloc[:-400], tmp_path / 'most.csv')}")
    made.commit("fewer rows")
    done = made.run("make", "data", f"FILE={write(whole.iloc[-400:], tmp_path / 'the rest.csv')}")
    (command,) = re.findall(r"^note: all rows were replaced; to add to the old ones instead: (.+)$", done.stdout, re.M)
    made.run("sh", "-c", command)
    pd.testing.assert_frame_equal(table(made), whole)


def test_what_data_dvc_tells_of_the_data_is_kept(made: Clone, tmp_path: Path) -> None:
    made.run("dvc", "pull", "data.dvc")
    made.run("make", "data", f"FILE={write(table(made).iloc[:-20], tmp_path / 'most.csv')}")
    diff = made.run("git", "diff", "--unified=0", "data.dvc").stdout
    assert {
        line.split(":")[0].strip("+- ")
        for line in diff.splitlines()
        if line[0] in "+-" and line[:3] not in {"+++", "---"}
    } <= {
        "md5",
        "size",
    }


@pytest.mark.parametrize("append", ["", "1"])
def test_bad_data_changes_nothing(made: Clone, tmp_path: Path, append: str) -> None:
    made.run("dvc", "pull", "data.dvc")
    before = (made.folder / DATA).read_bytes()
    frame = table(made)
    bad = write(frame.drop(columns=frame.columns[0]), tmp_path / "bad.csv")
    done = made.run("make", "data", f"FILE={bad}", f"APPEND={append}", check=False)
    assert done.returncode != 0
    assert f"error: {bad}: " in done.stderr
    assert frame.columns[0] in done.stderr
    assert (made.folder / DATA).read_bytes() == before
    assert made.status() == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "error: missing: FILE=; more: make data ARGS=--help"),
        (["FILE=nowhere.csv"], "error: FILE=nowhere.csv: not found"),
        (["FILE=data/other.csv"], "error: FILE=data/other.csv: must be outside data/"),
        ([f"FILE={DATA}", "APPEND=no"], "error: APPEND=: must be 1 or 0, got 'no'"),
        (["FILE=README.md"], "error: README.md: has one column only: no comma, semicolon, tab"),
    ],
)
def test_a_wrong_file_name_is_told(made: Clone, arguments: list[str], message: str) -> None:
    done = made.run("make", "data", *arguments, check=False)
    assert done.returncode != 0
    assert message in done.stderr


def test_a_hand_edit_of_the_data_reaches_those_who_clone(trained: Clone, tmp_path: Path) -> None:
    """`dvc repro` takes the edit over into data.dvc; without its objects in the store nobody could pull it."""
    frame = table(trained)
    write(frame.iloc[:-20], trained.folder / DATA)
    assert "data/ was edited" in trained.run("make", "pipeline").stdout
    trained.commit("fewer rows, by hand")
    other = clone_of(trained, tmp_path / "other")
    other.run("dvc", "pull", "data.dvc")
    assert len(table(other)) == len(frame) - 20


def test_a_bad_hand_edit_changes_no_record(trained: Clone) -> None:
    write(table(trained).iloc[:, 1:], trained.folder / DATA)
    assert trained.run("make", "pipeline", check=False).returncode != 0
    assert trained.status() == ""
    assert (trained.folder / "artifacts/model/model.onnx").exists()
