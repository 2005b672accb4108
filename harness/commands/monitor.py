"""Check the running model for drift and loss: LOG=folder, file or address (ARGS=--help: more)."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from harness.core.command import exit_on_signals, run
from harness.monitor.run import OUT, monitor
from harness.project.recorded_model import note_other_model


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--log", default="", help="prediction logs (LOG_DIR), or a file that make predict wrote")
    parser.add_argument("--truth", default="", help="labels, found by request_id or by the id: .csv or .parquet")
    parser.add_argument("--prometheus", default="", help="address of a Prometheus that scrapes the service")
    parser.add_argument("--out", type=Path, default=OUT, help=f"folder for the report and the state ({OUT})")


def main(arguments: Namespace) -> None:
    exit_on_signals()
    note_other_model()
    run(monitor, arguments.log, arguments.truth, arguments.prometheus, arguments.out)
