"""Compare the work tree with the commit where it branched off BASE=main: metrics, data, code, gate."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness.compare.work_tree import reproduce_work_tree
from harness.core.command import exit_on_signals
from harness.project.work_tree_state import fingerprint


def add_arguments(parser: ArgumentParser) -> None:
    base = "a git revision; the commit where HEAD left it is compared with (main)"
    parser.add_argument("--base", default="main", help=base)
    parser.add_argument(
        "--published", type=Path, help="folder with the last published model and its commit, which becomes the base"
    )
    parser.add_argument("--overridden-by", help="who set the override label: a gate that fails is shown but passes")


def main(arguments: Namespace) -> None:
    exit_on_signals()
    with ThreadPoolExecutor(1) as pool:
        loading = pool.submit(_make_report)  # while the pipeline runs
        files = fingerprint()  # before anything is read: what is edited meanwhile is not judged
        commit = reproduce_work_tree(None if arguments.published else arguments.base)
    loading.result()(commit, arguments.published, arguments.overridden_by, files)


def _make_report() -> Callable[[str, Path | None, str | None, str], None]:
    from harness.compare.make_report import make_report  # noqa: PLC0415  takes a second

    return make_report
