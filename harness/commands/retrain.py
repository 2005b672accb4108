"""Put new labelled rows on a new branch: LOG=folder TRUTH=labels.csv, or FILE=rows.csv."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from harness.core.command import exit_at_once, exit_on_signals, run
from harness.core.options import add_flag
from harness.monitor.retraining import retrain
from harness.project.recorded_model import note_other_model


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--file", type=Path, help="a table of new rows, as for make data, instead of a log")
    parser.add_argument("--log", default="", help="prediction logs (LOG_DIR); only rows with a label are taken")
    parser.add_argument("--truth", default="", help="labels, found by request_id or by the id: .csv or .parquet")
    add_flag(parser, "--rows-in-git", "allow the rows to be stored in git")


def main(arguments: Namespace) -> None:
    exit_on_signals()
    if not arguments.file:  # the rows of a log are those that the model answered
        note_other_model()
    with exit_at_once():
        run(retrain, arguments.file, arguments.log, arguments.truth, arguments.rows_in_git)
