"""Format the code and fix what the linter can fix."""

import sys
from argparse import ArgumentParser, Namespace

from harness.project.tests import run_tool


def add_arguments(_parser: ArgumentParser) -> None:
    """None: pyproject.toml says how."""


def main(_arguments: Namespace) -> None:
    run_tool("ruff", "check", "--fix", "--quiet", ".")
    sys.exit(run_tool("ruff", "format", "."))
