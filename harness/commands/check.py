"""Check format, lint, types (as on Windows too) and workflows."""

import sys
from argparse import ArgumentParser, Namespace

from harness.project.tests import run_pytest, run_tool

# What runs on a team's machines, as Windows has it: no signals, users or locks that only POSIX knows.
ON_WINDOWS = ("mypy", "--platform=win32", "--cache-dir=.mypy_cache/win32", "harness", "src")


def add_arguments(_parser: ArgumentParser) -> None:
    """None: pyproject.toml says what is checked."""


def main(_arguments: Namespace) -> None:
    if run_tool("ruff", "format", "--check", "--quiet", "."):
        sys.exit("error: not formatted; run: make format")
    for command in (("ruff", "check", "--quiet", "."), ("mypy",), ON_WINDOWS):
        if status := run_tool(*command):
            sys.exit(status)
    run_pytest("-n", "0", "tests/harness/workflows/test_static.py")
