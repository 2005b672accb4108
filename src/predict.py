"""Command behind `make predict`: score a file that is written as data/ is, or as its source was when it was adopted."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from src.adopt.reread import retext
from src.adopt.sniff import Source
from src.adopt.written import read_as_adopted
from src.batch import main
from src.errors import ProjectError
from src.new_rows import named
from src.schema import Schema


@contextmanager
def in_our_form(new: Path) -> Iterator[Path]:
    """The file itself, unless its source writes numbers, dates or gaps otherwise than data/ does."""
    with tempfile.TemporaryDirectory() as folder, named(new, ready := Path(folder) / f"{new.stem}.csv"):
        read, source = read_as_adopted(new) if new.is_file() else ({}, None)
        if source and (
            read["columns"] or source.kind == "json" or (source.encoding, source.delimiter) != ("utf-8", ",")
        ):
            _write(source, read, ready)
        yield ready if ready.exists() else new


def _write(source: Source, read: Mapping[str, Any], ready: Path) -> None:
    print(f"reading {source.path} …", flush=True)
    try:
        retext(source, read, Schema.to_schema(), ready)
    except KeyboardInterrupt:
        raise ProjectError("stopped; nothing was written") from None


if __name__ == "__main__":
    main(in_our_form)
