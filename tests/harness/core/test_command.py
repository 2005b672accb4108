"""How a command ends."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.constants import ROOT

READER = """
import atexit
from harness.core.command import exit_at_once, run
from harness.core.errors import ProjectError

def fail():
    print("half a line", end="")
    raise ProjectError("data/in.csv: row 2: no")

atexit.register(print, "Python took itself down")
with exit_at_once():
    run(fail)
"""


def test_a_reader_of_csv_prints_its_error_and_is_gone() -> None:
    done = subprocess.run([sys.executable, "-c", READER], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, "half a line", "error: data/in.csv: row 2: no\n")


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_ends_a_command_with_one_line_once_it_has_tidied_up(name: str) -> None:
    code = f"""
import os, signal
from harness.core.command import exit_at_once, exit_on_signals, run
signal.signal(signal.{name}, signal.SIG_DFL)  # what a shell starts in the background ignores some
exit_on_signals()
with exit_at_once():
    try:
        run(os.kill, os.getpid(), signal.{name})
    finally:
        print("tidied up")
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, "tidied up\n", "error: stopped; nothing was written\n")


STOPPED_WHILE_IMPORTING = """\
import sys
class Stop:
    def find_spec(self, name, *_):
        if name == "harness.command_line":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Stop())
from harness.__main__ import main
main()
"""


def test_ctrl_c_before_a_command_has_begun_ends_it_with_one_line() -> None:
    """Half of a short command's time is imports: there it was a traceback."""
    command = [sys.executable, "-c", STOPPED_WHILE_IMPORTING]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "error: stopped\n")


STAGE = """\
import os, signal
from harness.core.command import run
if {loading}:
    os.kill(os.getpid(), signal.SIGINT)
try:
    run(os.kill, os.getpid(), signal.SIGINT)
finally:
    print("tidied up")
"""


@pytest.mark.parametrize(("loading", "output"), [(True, ""), (False, "tidied up\n")])
def test_ctrl_c_ends_a_stage_with_one_line_also_while_it_is_loaded(tmp_path: Path, loading: bool, output: str) -> None:
    """It printed a traceback of 25 lines, torn by the end of its DVC."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src/__init__.py").touch()
    (tmp_path / "src/train.py").write_text(STAGE.format(loading=loading))
    hears = "import signal, runpy; signal.signal(signal.SIGINT, signal.default_int_handler); "
    code = f"{hears}runpy.run_module('src.train', run_name='__main__', alter_sys=True)"
    command = [sys.executable, "-c", f"import sys; sys.path[:0] = {[str(tmp_path), str(ROOT)]}; {code}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, output, "error: stopped; nothing was written\n")
