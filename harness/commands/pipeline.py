"""Set up, get the data, preprocess → train → evaluate, show the metrics."""

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from harness.core.cluster import DASK
from harness.core.command import exit_on_signals
from harness.project.pipeline import run_pipeline


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--scratch",
        nargs="?",
        const="1",
        default="",
        choices=["", "0", "1", "cached"],
        help="1: use no record and no cache of earlier results; cached: use the cache only",
    )
    parser.add_argument(
        "--dask", help="let a Dask cluster do the row-wise work; its scheduler, tcp://host:8786 (docs/scale.md)"
    )
    parser.add_argument("--stage", choices=["preprocess", "train", "evaluate"], help="stop after this stage")


def main(arguments: Namespace) -> None:
    exit_on_signals()
    if arguments.dask:
        os.environ[DASK] = arguments.dask  # the stages look there: it is no parameter of theirs
    with ThreadPoolExecutor(1) as pool:
        loading = pool.submit(_end)  # while DVC runs
        run_pipeline(arguments.scratch if arguments.scratch != "0" else "", arguments.stage)
    if arguments.stage in {None, "evaluate"}:
        loading.result()()


def _end() -> Callable[[], None]:
    from harness.compare.yardsticks import checked_own_metrics  # noqa: PLC0415  takes most of a second
    from harness.core.params import load_params  # noqa: PLC0415
    from harness.report.build_card import write_card  # noqa: PLC0415
    from harness.report.metrics_terminal import print_metrics  # noqa: PLC0415

    def end() -> None:
        write_card()
        print_metrics()
        params = load_params()
        checked_own_metrics(params, params.task.type)  # `make report` would refuse them

    return end
