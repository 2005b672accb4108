"""Make it yours: DATA=table.csv TARGET=column [ID= TASK= POSITIVE= TIME= GROUP= SLICES= DROP= KEEP= … DRY_RUN=1]."""

from argparse import ArgumentParser, Namespace
from functools import partial

from harness.adopt.adopt_table import adopt_table
from harness.core.command import exit_at_once, exit_on_signals, run
from harness.core.options import add_flag

ONE = {
    "data": "the table: CSV, TSV, Excel, Parquet or JSON Lines (encoding and delimiter are found)",
    "target": "the column to predict; what is not given below is found out",
    "id": "the column that names rows (none: there is none)",
    "task": "binary, multiclass or regression",
    "positive": "binary: the label that counts as positive",
    "time": "the column that says when a row was; the latest rows are the test (none: there is none)",
    "group": "the column that names the entity of several rows, which stay on one side (none: there is none)",
    "encoding": "of a text file, where it is found wrongly: cp1250, shift_jis, …",
    "sheet": "of a workbook: its name; otherwise the first",
    "remote": "where the data goes, as by make remote URL=…; with endpoint, region and profile of s3",
    "endpoint": "s3: address of the server",
    "region": "s3: its region",
    "profile": "s3: AWS profile",
}
SEVERAL = {
    "slices": "a,b: columns for each of whose values metrics are given too",
    "drop": "a,b: columns to leave out, of data/ too",
    "keep": "a,b: columns to take in, whatever they look like",
    "missing": "-999,age:0: values that stand for missing, in every column or in one (none: there are none)",
}


def add_arguments(parser: ArgumentParser) -> None:
    for option, text in ONE.items():
        parser.add_argument(f"--{option}", default="", metavar="…", help=text)
    for option, text in SEVERAL.items():
        parser.add_argument(f"--{option}", type=_names, default=[], metavar="…", help=text)
    add_flag(parser, "--dry-run", "change nothing, show the diff")


def main(arguments: Namespace) -> None:
    exit_on_signals()
    with exit_at_once():
        run(partial(adopt_table, **{name: getattr(arguments, name) for name in (*ONE, *SEVERAL, "dry_run")}))


def _names(value: str) -> list[str]:
    return list(filter(None, value.split(",")))
