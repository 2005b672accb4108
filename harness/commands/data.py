"""Replace the data by FILE=new.csv, or add its rows with APPEND=1."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from harness.core.command import exit_at_once, exit_on_signals, run
from harness.core.options import add_flag
from harness.project.data import update_data


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--file", type=Path, required=True, help="the new table, written like data/ or like the adopted file"
    )
    add_flag(parser, "--append", "add its rows instead of replacing the data")


def main(arguments: Namespace) -> None:
    exit_on_signals()
    with exit_at_once():
        run(update_data, arguments.file, arguments.append)
