"""Make your table the project: DATA=table.csv TARGET=column (DRY_RUN=1 only shows it; ARGS=--help: more)."""

from argparse import ArgumentParser, Namespace
from functools import partial

from harness.adopt.adopt_table import adopt_table
from harness.core.command import exit_at_once, exit_on_signals, run
from harness.core.options import add_flag

ONE = {
    "data": "the table: CSV, TSV, Excel, Parquet or JSON Lines (encoding and delimiter are detected)",
    "target": "the column to predict; id, task, time, … are detected if you leave them out",
    "id": "the column that names each row (none: there is no such column)",
    "task": "binary, multiclass or regression",
    "positive": "binary: the label that counts as positive",
    "time": "the column that says when a row happened; the latest rows are the test rows (none: no such column)",
    "group": "the column that names what several rows belong to; these rows stay together (none: no such column)",
    "encoding": "encoding of a text file, if the detected one is wrong: cp1250, shift_jis, …",
    "sheet": "name of the sheet of a workbook; otherwise the first",
    "remote": "where to store the data, as in make remote URL=…; for s3 also endpoint, region and profile",
    "endpoint": "s3: address of the server",
    "region": "s3: its region",
    "profile": "s3: AWS profile",
}
SEVERAL = {
    "slices": "a,b: measure the metrics also for each value of these columns",
    "drop": "a,b: columns to leave out, also of data/",
    "keep": "a,b: columns to use, whatever they look like",
    "missing": "-999,age:0: values that mean missing, in every column or in one (none: no such values)",
}


def add_arguments(parser: ArgumentParser) -> None:
    for option, text in ONE.items():
        parser.add_argument(f"--{option}", default="", metavar="…", help=text)
    for option, text in SEVERAL.items():
        parser.add_argument(f"--{option}", type=_names, default=[], metavar="…", help=text)
    add_flag(parser, "--dry-run", "show the diff and change nothing")


def main(arguments: Namespace) -> None:
    exit_on_signals()
    with exit_at_once():
        run(partial(adopt_table, **{name: getattr(arguments, name) for name in (*ONE, *SEVERAL, "dry_run")}))


def _names(value: str) -> list[str]:
    return list(filter(None, value.split(",")))
