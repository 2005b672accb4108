"""A later file of the source, in the form that data/ has: for those who read it a chunk at a time."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.core.loader import load_schema
from harness.tables.later_files import retext
from harness.tables.new_rows import named_as_given
from harness.tables.recorded_format import read_as_adopted


@contextmanager
def as_data_is_written(new: Path) -> Iterator[Path]:
    """The file itself, unless its source writes numbers, dates or gaps otherwise than data/ does."""
    with tempfile.TemporaryDirectory() as folder, named_as_given(new, ready := Path(folder) / f"{new.stem}.csv"):
        read, source = read_as_adopted(new) if new.is_file() else ({}, None)
        if source and (source.kind != "parquet" or read.get("columns")):  # a large one is not written once more
            print(f"reading {new} …", flush=True)
            retext(source, read, load_schema().to_schema(), ready)
        yield ready if ready.exists() else new
