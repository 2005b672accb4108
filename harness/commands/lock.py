"""Renew the locks from pyproject.toml (UPGRADE=1 takes the newest version of every package)."""

from argparse import ArgumentParser, Namespace

from harness.bootstrap import build
from harness.core.options import add_flag
from harness.project.locks import renew_locks, renew_separate_locks


def add_arguments(parser: ArgumentParser) -> None:
    add_flag(parser, "--upgrade", "take the newest version of every package")


def main(arguments: Namespace) -> None:
    renew_locks(arguments.upgrade)
    renew_separate_locks(arguments.upgrade)
    build()
