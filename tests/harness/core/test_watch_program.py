"""Programs whose output people watch."""

import sys

import pytest

from harness.core.shell import HINTS, watch_program

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
