"""Renew the locks (UPGRADE=1 moves every package to its newest version)."""

from argparse import ArgumentParser, Namespace

from harness.bootstrap import build
from harness.core.options import add_flag
from harness.project.locks import renew_locks, renew_separate_locks


def add_arguments(parser: ArgumentParser) -> None:
    add_flag(parser, "--upgrade", "newest versions of all")


def main(arguments: Namespace) -> None:
    renew_locks(arguments.upgrade)
    renew_separate_locks(arguments.upgrade)
    build()
