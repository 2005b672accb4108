"""Check format, lint, types and workflows."""

import sys
from argparse import ArgumentParser, Namespace

from harness.project.tests import run_pytest, run_tool


def add_arguments(_parser: ArgumentParser) -> None:
    """None: pyproject.toml says what is checked."""


def main(_arguments: Namespace) -> None:
    if run_tool("ruff", "format", "--check", "--quiet", "."):
        sys.exit("error: not formatted; run: make format")
    for command in (("ruff", "check", "--quiet", "."), ("mypy",)):
        if status := run_tool(*command):
            sys.exit(status)
    run_pytest("-n", "0", "tests/harness/workflows/test_static.py")
