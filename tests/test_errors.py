"""How a command ends."""

import subprocess
import sys

from tests.conftest import ROOT

READER = """
import atexit
from src.errors import ProjectError, exit_at_once, run

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
