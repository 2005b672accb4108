"""Changes that happen together or not at all."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.adopt.install import removed
from harness.adopt.undo import replaced
from harness.core.command import exit_on_signals


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data/old.csv").write_text("old")
    (tmp_path / "params.yaml").write_text("old")
    return tmp_path


def change() -> None:
    Path("data").mkdir()
    Path("data/new.csv").write_text("new")
    Path("params.yaml").write_text("new")
    Path("extra").write_text("new")


def files(folder: Path) -> dict[str, str]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_text() for path in found}


PATHS = [Path("data"), Path("params.yaml"), Path("extra")]


def test_what_succeeds_stays(folder: Path) -> None:
    with replaced(PATHS):
        change()
    assert files(folder) == {"data/new.csv": "new", "params.yaml": "new", "extra": "new"}


@pytest.fixture
def handled() -> Iterator[None]:
    """Signals as a command takes them."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell starts in the background is deaf to it
    exit_on_signals()
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("handled")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_is_stopped_leaves_no_trace(folder: Path, number: int) -> None:
    def stopped() -> None:
        with replaced(PATHS):
            change()
            os.kill(os.getpid(), number)

    with pytest.raises(SystemExit, match="stopped"):
        stopped()
    assert files(folder) == {"data/old.csv": "old", "params.yaml": "old"}


def test_a_projects_own_tests_stay_whatever_they_speak_of(folder: Path) -> None:
    """Adopt once deleted every test that mentioned the Titanic."""
    example = ("tests/test_titanic.py", "tests/test_behaviour.py")
    for name in (*example, "tests/test_ours.py", ".github/comment.png"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("# unlike the Titanic\n")
    assert removed() == [*map(Path, example), Path(".github/comment.png")]
