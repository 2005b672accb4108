"""Programs whose output people watch."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.core.dvc_locks import forget_ended
from harness.core.shell import HINTS, watch_program
from tests.support.constants import ROOT

DVC_SAYS = """Running stage 'evaluate':

Updating lock file 'dvc.lock'

To track the changes with git, run:

\tgit add dvc.lock

To enable auto staging, run:

\tdvc config core.autostage true
Use `dvc push` to send your updates to remote storage.
"""


def test_what_dvc_advises_at_the_end_of_a_run_is_left_out(capfd: pytest.CaptureFixture[str]) -> None:
    assert watch_program(sys.executable, "-c", f"print({DVC_SAYS!r}, end=''); exit(3)", hides=HINTS) == 3
    assert capfd.readouterr().out == "Running stage 'evaluate':\n\nUpdating lock file 'dvc.lock'\n"


def test_all_else_is_passed_on(capfd: pytest.CaptureFixture[str]) -> None:
    asks = "import sys; print('one', flush=True); print('two', file=sys.stderr)"
    assert watch_program(sys.executable, "-c", asks, hides=HINTS) == 0
    assert capfd.readouterr() == ("one\n", "two\n")


def test_ctrl_c_is_heard_by_who_watches_alone() -> None:
    """DVC and a stage that was being loaded printed a traceback each before the one line of the command."""
    asks = "import os, signal; os.kill(os.getpid(), signal.SIGINT); print('deaf', flush=True); signal.pause()"
    watches = f"""
import os, signal, sys, threading
from harness.core.command import exit_on_signals
from harness.core.shell import HINTS, watch_program
signal.signal(signal.SIGINT, signal.default_int_handler)
exit_on_signals()
threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT)).start()
watch_program(sys.executable, "-c", {asks!r}, hides=HINTS, deaf=True)
"""
    done = subprocess.run([sys.executable, "-c", watches], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, "deaf\n", "error: stopped; nothing was written\n")


def test_dvc_is_not_reminded_of_runs_that_were_ended(tmp_path: Path) -> None:
    """It warned of each file that such a run had held."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    here, gone = ({"pid": pid, "cmd": "dvc repro"} for pid in (os.getpid(), ended.pid))
    path = tmp_path / "rwlock"
    path.write_text(json.dumps({"write": {"/a": gone, "/b": here}, "read": {"/c": [gone], "/d": [gone, here]}}))
    forget_ended(path)
    assert json.loads(path.read_text()) == {"write": {"/b": here}, "read": {"/d": [here]}}
    path.write_text("damaged")
    forget_ended(path)
    forget_ended(tmp_path / "none")
    assert path.read_text() == "damaged"
