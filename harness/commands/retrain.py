"""Put new rows with their truth on a branch of their own: LOG=folder TRUTH=labels.csv, or FILE=rows.csv."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from harness.core.command import exit_at_once, exit_on_signals, run
from harness.core.options import add_flag
from harness.monitor.retraining import retrain


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--file", type=Path, help="a table of new rows, as make data takes it, in place of a log")
    parser.add_argument("--log", default="", help="prediction logs (LOG_DIR): those of their rows that have a label")
    parser.add_argument("--truth", default="", help="labels by request_id or by the id: .csv or .parquet")
    add_flag(parser, "--rows-in-git", "the rows may go into git")


def main(arguments: Namespace) -> None:
    exit_on_signals()
    with exit_at_once():
        run(retrain, arguments.file, arguments.log, arguments.truth, arguments.rows_in_git)
