"""Command behind `make predict`: score a file that is written as data/ is, or as its source was when it was adopted."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.batch.score import main
from harness.core.command import exit_on_signals
from harness.tables.later_files import retext
from harness.tables.new_rows import named
from harness.tables.recorded_format import read_as_adopted
from src.schema import Schema


@contextmanager
def in_our_form(new: Path) -> Iterator[Path]:
    """The file itself, unless its source writes numbers, dates or gaps otherwise than data/ does."""
    with tempfile.TemporaryDirectory() as folder, named(new, ready := Path(folder) / f"{new.stem}.csv"):
        read, source = read_as_adopted(new) if new.is_file() else ({}, None)
        if source and (source.kind != "parquet" or read.get("columns")):  # a large one is not written once more
            print(f"reading {new} …", flush=True)
            retext(source, read, Schema.to_schema(), ready)
        yield ready if ready.exists() else new


if __name__ == "__main__":
    exit_on_signals()
    main(in_our_form)
