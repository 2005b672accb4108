"""Score IN=rows.csv (.parquet, or a folder of files), of any size, to OUT=scores.csv (ARGS=--help: more)."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from harness.batch.score import add_score_arguments, score_opened
from harness.core.command import exit_at_once, exit_on_signals, run
from harness.core.errors import ProjectError
from harness.project.recorded_model import note_other_model
from harness.scale.score_folder import score_folder
from harness.tables.own_form import as_data_is_written


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--in", dest="input", type=Path, required=True, help="a .csv or .parquet file, or a folder of .parquet files"
    )
    parser.add_argument("--out", dest="output", type=Path, required=True, help="the file or folder to write")
    parser.add_argument("--dask", help="let a Dask cluster score a folder; its scheduler, tcp://host:8786")
    add_score_arguments(parser)


def main(arguments: Namespace) -> None:
    exit_on_signals()
    with exit_at_once():
        run(_predict, arguments)


def _predict(given: Namespace) -> None:
    note_other_model(given.model)
    if given.input.is_dir():
        score_folder(given.input, given.output, given.model, given.dask, given.keep, given.rows, given.threads)
    elif given.dask:
        raise ProjectError(f"{given.input}: must be a folder of .parquet files: DASK= scores one file per call")
    else:
        score_opened(as_data_is_written, given)
