"""The tools that check the code, started as the project's settings say."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import psutil

from harness.core.shell import watch_program

CORE_MINUTES = 16  # of all the tests, measured on two cores; `make test` says how long that is here
SLOWEST = ("--durations=10", "--durations-min=5")
TIDY = ("-o", "tmp_path_retention_policy=failed")
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  (where Linux has a folder in memory)
ROOM = 4e9  # bytes of memory; those of a run took 0.25e9
NO_TESTS = 5  # pytest's exit code where nothing is selected
ONE_THREAD = {"OMP_NUM_THREADS": "1"}  # a process a core: threads that wait for one another would spin
YOURS, OURS, ENGINE, STORIES = "tests", "tests/harness", "tests/harness/engine", "tests/harness/stories"


def run_tests(words: list[str]) -> None:
    """Yours, then the harness's; or what the words select. Exits with pytest's code if any fails."""
    if any(word.split("::")[0].rstrip("/").startswith(YOURS) for word in words):
        run_pytest(*words)
        return
    if not words:
        minutes = round(CORE_MINUTES / (os.cpu_count() or 1))
        print(f"all the tests: about {minutes} minutes here; a part: make test ARGS=tests/test_data.py")
    # Yours in one process: each worker would load the packages and evaluate a project of its own.
    yours = run_tool("python", "-m", "pytest", YOURS, f"--ignore={OURS}", "-n", "0", *words)
    if yours not in {0, NO_TESTS}:
        sys.exit(yours)
    left_out = (f"--ignore={ENGINE}", f"--ignore={STORIES}")
    ours = run_tool("python", "-m", "pytest", OURS, *left_out, *SLOWEST, *TIDY, *words, environment=in_memory())
    sys.exit(0 if ours == NO_TESTS and yours == 0 else ours)


def run_pytest(*words: str) -> None:
    """Exits with pytest's code if a test fails."""
    if status := run_tool("python", "-m", "pytest", *words):
        sys.exit(status)


def in_memory() -> dict[str, str]:
    """Lets the tests' files lie in memory where there is plenty of it: on a disk their clones take twice as long."""
    place = str(SHARED_MEMORY)
    if "TMPDIR" in os.environ or not os.access(place, os.W_OK):
        return {}
    free = min(psutil.virtual_memory().available, psutil.disk_usage(place).free * 2)
    return {"PYTEST_DEBUG_TEMPROOT": place} if free > ROOM else {}


def run_tool(*command: str, environment: Mapping[str, str] | None = None) -> int:
    """Run a program and show its output; returns its exit code."""
    sys.stdout.flush()
    return watch_program(*command, environment={**ONE_THREAD, **(environment or {})})
