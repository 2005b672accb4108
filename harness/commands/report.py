"""Compare the work tree with the commit where it branched off BASE=main: metrics, data, code, gate."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from harness.compare.make_report import make_report
from harness.core.command import exit_on_signals


def add_arguments(parser: ArgumentParser) -> None:
    base = "a git revision; the commit where HEAD left it is compared with (main)"
    parser.add_argument("--base", default="main", help=base)
    parser.add_argument(
        "--published", type=Path, help="folder with the last published model and its commit, which becomes the base"
    )
    parser.add_argument("--overridden-by", help="who set the override label: a gate that fails is shown but passes")


def main(arguments: Namespace) -> None:
    exit_on_signals()
    make_report(arguments.base, arguments.published, arguments.overridden_by)
