"""Score IN=rows.csv (or .parquet), of any size, to OUT=scores.csv (ARGS=--help: more)."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from harness.batch.score import add_score_arguments, score_opened
from harness.core.command import exit_at_once, exit_on_signals, run
from harness.tables.own_form import as_data_is_written


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--in", dest="input", type=Path, required=True, help="a .csv or .parquet file")
    parser.add_argument("--out", dest="output", type=Path, required=True, help="the file to write, .csv or .parquet")
    add_score_arguments(parser)


def main(arguments: Namespace) -> None:
    exit_on_signals()
    with exit_at_once():
        run(score_opened, as_data_is_written, arguments)
