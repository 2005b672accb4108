"""The tools that check the code, started as the project's settings say."""

import os
import sys

from harness.core.shell import watch_program

CORE_MINUTES = 20  # of all the tests, measured on two cores; `make test` says how long that is here
SLOWEST = ("--durations=10", "--durations-min=5")
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
    ours = run_tool("python", "-m", "pytest", OURS, f"--ignore={ENGINE}", f"--ignore={STORIES}", *SLOWEST, *words)
    sys.exit(0 if ours == NO_TESTS and yours == 0 else ours)


def run_pytest(*words: str) -> None:
    """Exits with pytest's code if a test fails."""
    if status := run_tool("python", "-m", "pytest", *words):
        sys.exit(status)


def run_tool(*command: str) -> int:
    """Run a program and show its output; returns its exit code."""
    sys.stdout.flush()
    return watch_program(*command, environment=ONE_THREAD)
