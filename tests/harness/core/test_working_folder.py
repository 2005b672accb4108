"""What a stage makes on the way goes with it, also if it is stopped; what a killed one left, the next one removes."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from socket import gethostname

import pytest

from harness.core import working_folder
from harness.core.working_folder import WorkingFolder
from tests.support.constants import ROOT

STAGE = """
import signal, sys
from pathlib import Path
from harness.core.command import run
from harness.core.working_folder import WorkingFolder

def stage():
    folder = WorkingFolder(Path(sys.argv[1]), ".train-")
    with folder.kept_if_all_is_well():
        (folder.path / "rows").write_bytes(b"rows")
        print(folder.path, flush=True)
        signal.pause()

run(stage)
"""


@pytest.fixture(params=["", "tcp://127.0.0.1:1"], ids=["here", "by a cluster"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the folders are: the one for temporary files, or one that workers see."""
    monkeypatch.setenv("DASK", request.param)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(working_folder, "gettempdir", lambda: str(tmp_path))
    return tmp_path


def stopped(place: Path, number: signal.Signals) -> tuple[int, str]:
    """The exit code and the errors of a stage that had begun."""
    process = subprocess.Popen(
        [sys.executable, "-c", STAGE, str(place)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert (Path(process.stdout.readline().strip()) / "rows").exists()
    process.send_signal(number)
    return process.wait(), process.communicate()[1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_stage_that_is_stopped_leaves_nothing(number: signal.Signals, place: Path) -> None:
    assert stopped(place, number) == (1, "error: stopped; nothing was written\n")
    assert list(place.iterdir()) == []


def test_what_a_killed_stage_left_the_next_one_removes_and_no_more(place: Path) -> None:
    assert stopped(place, signal.SIGKILL) == (-signal.SIGKILL, "")
    (left,) = place.iterdir()
    another = f".train-{gethostname()}-{left.name.split('-')[-2]}-{os.getpid()}-abc"  # a machine that ends in a number
    theirs = [
        another,
        f".train-another.example-1-{os.getpid()}",
        f".preprocess-{left.name[7:]}",
        f".train-{os.getpid()}",
    ]
    for name in theirs:
        (place / name).mkdir()
    living = WorkingFolder(place, ".train-")
    made, before = WorkingFolder(place, ".train-"), signal.getsignal(signal.SIGTERM)
    with made.kept_if_all_is_well():
        pass
    assert signal.getsignal(signal.SIGTERM) == before
    assert sorted(place.iterdir()) == sorted([living.path, made.path, *(place / name for name in theirs)])
