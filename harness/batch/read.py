"""A CSV or Parquet file in chunks, however large; a row that cannot be read is handed on with the reason, not lost."""

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.csv as pv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from harness.core.errors import ProjectError
from harness.core.files import ending

SUFFIXES = (".csv", ".parquet")
PARSED_AT_ONCE = 4_000_000  # bytes of a CSV file that are parsed at once; no row can be longer


@dataclass(frozen=True)
class Chunk:
    """Rows, with their numbers in the file (from 1), and how much of the file has been read with them."""

    numbers: NDArray[np.int64]
    rows: pa.RecordBatch
    read: int
    reasons: dict[int, str]  # against rows of these, by position
    ragged: Sequence[tuple[int, str]] = ()  # further rows by number, whose fields are in the reason


@dataclass(frozen=True)
class InputTable:
    """A file and what is known before it is read; its size is in bytes (CSV) or rows (Parquet)."""

    path: Path
    schema: pa.Schema
    size: int

    @property
    def is_csv(self) -> bool:
        return ending(self.path) == ".csv"

    def chunks(self, names: list[str], most: int) -> Iterator[Chunk]:
        """The named columns, at most so many rows at once; those of a CSV file are text, with null for empty cells.

        Raises ProjectError if the file turns out to be damaged.
        """
        with _reading(self.path):
            yield from (_csv_chunks if self.is_csv else _parquet_chunks)(self.path, names, most)


def open_table(path: Path) -> InputTable:
    """Raises ProjectError if the file is missing, of another kind, without a header or not readable."""
    check_suffix(path)
    with _reading(path):
        if ending(path) == ".parquet":
            with pq.ParquetFile(path) as file:
                return InputTable(path, file.schema_arrow, file.metadata.num_rows)
        # More than the header is decoded, and what is wrong in a row is the row's own matter.
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            header = next(csv.reader(file), None)
    if not header:
        raise ProjectError(f"{path}: empty; a header and rows are needed")
    if any(letter == "\0" or "\udc80" <= letter <= "\udcff" for name in header for letter in name):
        # UTF-16 has zeros; a byte that is no UTF-8 is read as one of those others
        raise ProjectError(f"{path}: the header is not UTF-8 text; save the file as UTF-8")
    return InputTable(path, pa.schema([(name, pa.string()) for name in header]), path.stat().st_size)


def check_suffix(path: Path, option: str = "") -> None:
    """Raises ProjectError if the ending of a name (perhaps given by an option) is no known format."""
    if ending(path) not in SUFFIXES:
        named = f"{option}={path}" if option else str(path)
        raise ProjectError(f"{named}: must end in {' or '.join(SUFFIXES)}, got {path.suffix or 'no ending'!r}")


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, IsADirectoryError):
        raise ProjectError(f"{path}: no such file") from None
    except (pa.ArrowException, csv.Error, OSError) as error:
        raise ProjectError(f"{path}: cannot be read: {' '.join(str(error).split())}") from None


def _parquet_chunks(path: Path, names: list[str], most: int) -> Iterator[Chunk]:
    read = 0
    with pq.ParquetFile(path, pre_buffer=False) as file:
        for rows in file.iter_batches(most, columns=names, use_threads=False):
            numbers = np.arange(read + 1, read + len(rows) + 1)
            read += len(rows)
            yield Chunk(numbers, rows, read, {})


def _csv_chunks(path: Path, names: list[str], most: int) -> Iterator[Chunk]:
    ragged: list[tuple[int, str]] = []

    def refuse(row: pv.InvalidRow) -> str:
        must = f"must have {row.expected_columns} fields, as the header has, got {row.actual_columns}: {row.text}"
        ragged.append((row.number - 1, must))  # the header is the file's row 1
        return "skip"

    last, skipped = 0, np.empty(0, np.int64)
    with path.open("rb") as file:
        for rows in _open_csv(file, names, refuse):
            skipped = np.append(skipped[skipped > last], [number for number, _ in ragged]).astype(np.int64)
            numbers = np.setdiff1d(np.arange(last + 1, last + len(rows) + len(skipped) + 1), skipped)[: len(rows)]
            last = int(max(numbers, default=last))
            for start in range(0, max(len(rows), 1), most):
                piece, reasons = _decode_cells(rows.slice(start, most))
                yield Chunk(numbers[start : start + most], piece, file.tell(), reasons, tuple(ragged))
                ragged.clear()
        if ragged:
            yield Chunk(numbers[:0], piece.slice(0, 0), file.tell(), {}, tuple(ragged))


def _open_csv(file: BinaryIO, names: list[str], refuse: Callable[[pv.InvalidRow], str]) -> pv.CSVStreamingReader:
    read = pv.ReadOptions(use_threads=False, block_size=PARSED_AT_ONCE)  # with threads no row would know its number
    parse = pv.ParseOptions(newlines_in_values=True, invalid_row_handler=refuse)
    types = dict.fromkeys(names, pa.binary())  # as text, one cell that is not UTF-8 would end it all
    convert = pv.ConvertOptions(column_types=types, include_columns=names, null_values=[""], strings_can_be_null=True)
    return pv.open_csv(file, read, parse, convert)


def _decode_cells(rows: pa.RecordBatch) -> tuple[pa.RecordBatch, dict[int, str]]:
    """Bytes as text, and the reasons against the rows in which they are not text."""
    columns, reasons = [], dict[int, str]()
    for name, values in zip(rows.schema.names, rows.columns, strict=True):
        try:
            text = values.cast(pa.string())
        except pa.ArrowInvalid:
            cells = values.to_pylist()
            text = pa.array([None if cell is None else cell.decode(errors="replace") for cell in cells])
            bad = (row for row, cell in enumerate(cells) if cell is not None and not _is_utf8(cell))
            reasons |= {row: f"{name} must be UTF-8, got {cells[row]!r}" for row in bad if row not in reasons}
        columns.append(text)
    return pa.RecordBatch.from_arrays(columns, rows.schema.names), reasons


def _is_utf8(cell: bytes) -> bool:
    try:
        cell.decode()
    except UnicodeDecodeError:
        return False
    return True
