"""A stranger's file → its form: kind, encoding, delimiter, header."""

import codecs
import csv
import io
import json
import re
import statistics
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq

from harness.core.errors import ProjectError
from harness.tables.archive import is_archive
from harness.tables.encoding import SAMPLE_BYTES, check_encoding, find_encoding, open_bytes
from harness.tables.header import COLUMNS_READ, check_header, in_one_line
from harness.tables.workbook import read_header

HALF = 0.5  # of the lines
LINES_COMPARED = 1000
SAID = re.compile(r"\s*sep=(.)\s*?\r?\n", re.IGNORECASE)
DELIMITERS = ",;\t|"
TITLED = 3  # columns, from which on a first line with few filled fields is a title
DAMAGED = (EOFError, zlib.error, csv.Error, pa.ArrowException, RecursionError, OSError)  # what readers say of a file
csv.field_size_limit(1 << 24)  # letters: a cell may hold a picture or a page


@dataclass(frozen=True)
class Source:
    """A file and how it is to be read; the header's names are stripped."""

    path: Path
    kind: Literal["csv", "parquet", "json", "workbook"]
    header: tuple[str, ...]
    encoding: str = "utf-8"
    delimiter: str = ","
    skipped: int = 0  # lines above the header
    sheet: str = ""
    others: tuple[str, ...] = ()  # the workbook's other sheets
    stamp: tuple[int, int] = (0, 0)  # size and time of change, when it was looked at


def sniff(path: Path, encoding: str = "", sheet: str = "") -> Source:
    """How a file is to be read; `encoding` and `sheet` are found unless they are given.

    Raises ProjectError if there is no file, no table in it, no header, a name that is there twice, or no such sheet.
    """
    if not path.is_file():
        raise ProjectError(f"DATA={path}: {'is a folder; name one file' if path.is_dir() else 'not found'}")
    stamp = stamp_of(path)  # before anything is read
    try:
        return replace(_sniffed(path, encoding, sheet), stamp=stamp)
    except DAMAGED as error:
        raise ProjectError(f"DATA={path}: {damage(error)}") from None


def damage(error: BaseException) -> str:
    """Why a file cannot be read, in one line."""
    deep = isinstance(error, RecursionError)
    return f"cannot be read: {'objects inside objects, too deep' if deep else ' '.join(str(error).split())[:300]}"


def stamp_of(path: Path) -> tuple[int, int]:
    """Size and time of the last change."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def _sniffed(path: Path, encoding: str, sheet: str) -> Source:
    with path.open("rb") as file:
        start = file.read(6)
    if start[:4] in {b"PK\x03\x04", b"\xd0\xcf\x11\xe0"} and not is_archive(path):
        sheets, names, rows = read_header(path, sheet)
        return Source(path, "workbook", check_header(path, names, rows), sheet=sheets[0], others=tuple(sheets[1:]))
    if sheet:
        raise ProjectError(f"SHEET={sheet}: works only with a workbook, and {path} is none")
    if start[:4] == b"PAR1":
        return Source(path, "parquet", check_header(path, pq.read_schema(path).names, []))
    encoding = check_encoding(path, encoding) if encoding else find_encoding(path)
    with open_bytes(path) as opened:
        sample = opened.read(SAMPLE_BYTES)
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(sample)
    if not text.strip():
        raise ProjectError(f"DATA={path}: empty; a header and rows are needed")
    if text.lstrip()[0] in "{[":
        return Source(path, "json", check_header(path, _keys(path, encoding), []), encoding)
    if len(sample) == SAMPLE_BYTES:
        if "\n" not in text:
            raise ProjectError(f"DATA={path}: its first line is too long; at most {COLUMNS_READ:,} columns can be read")
        text = text[: text.rfind("\n")]  # the last line may be cut
    said = SAID.match(text)  # as Excel writes it
    text = text[said.end() :] if said else text
    delimiter = said[1] if said else _delimiter(text, path)
    header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    _check_title(path, text, delimiter)
    return Source(path, "csv", check_header(path, header, rows), encoding, delimiter, 1 if said else 0)


def _check_title(path: Path, text: str, delimiter: str) -> None:
    """Raises ProjectError if the first line is a title that a spreadsheet has padded: Report 2023;;;."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows = [(reader.line_num, row, sum(bool(cell.strip()) for cell in row)) for row in islice(reader, LINES_COMPARED)]
    usual = statistics.mode([filled for _, _, filled in rows[1:]] or [0])
    _, first, filled = rows[0]
    if usual >= TITLED and filled <= HALF * usual and (first[0].strip() or not filled):
        number = next(number for number, _, filled in rows if filled >= usual)
        raise ProjectError(
            f"DATA={path}: its first line, {first[0][:50]!r}, has {filled} name(s), most lines have {usual} values; "
            f"the columns' names seem to be in line {number}: delete the lines above it"
        )


def _delimiter(text: str, path: Path) -> str:
    """The one that parts most lines into as many fields as the header, at least two."""
    scores, usual = {}, {}
    for delimiter in DELIMITERS:
        widths = [len(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row][
            :LINES_COMPARED
        ]
        scores[delimiter] = (widths.count(widths[0]) / len(widths) if widths[0] > 1 else 0, widths[0])
        usual[delimiter] = statistics.mode(widths[1:] or widths)
    best = max(DELIMITERS, key=lambda delimiter: scores[delimiter])
    most = max(DELIMITERS, key=lambda delimiter: usual[delimiter])
    if scores[best][0] < HALF and usual[most] > 1:
        first, width = text.lstrip().splitlines()[0][:50], scores[most][1]
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=most)
        number = next(rows.line_num for row in rows if len(row) >= usual[most])
        raise ProjectError(
            f"DATA={path}: its first line, {first!r}, has {width} field(s), most lines have {usual[most]}; "
            f"the columns' names seem to be in line {number}: delete the lines above it"
        )
    if scores[best][0] == 0:
        raise ProjectError(f"DATA={path}: has one column only: no comma, semicolon, tab or | separates fields")
    return best


def read_objects(path: Path, encoding: str) -> Iterator[dict[str, object]]:
    """The objects of JSON Lines, or of one JSON list; an object inside an object is taken apart: user.plan."""
    with io.TextIOWrapper(open_bytes(path), encoding=encoding) as file:
        listed = file.read(1) == "["
        file.seek(0)
        try:
            values = json.load(file) if listed else (json.loads(line) for line in file if line.strip())
            for number, value in enumerate(values, start=1):
                if not isinstance(value, dict):
                    raise ProjectError(f"DATA={path}: row {number} must be a JSON object, got {str(value)[:50]!r}")
                yield dict(_flat(value))
        except ValueError as error:
            raise ProjectError(f"DATA={path}: not JSON Lines: {error}") from None


def _flat(value: dict[str, object], before: str = "") -> Iterator[tuple[str, object]]:
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from _flat(inner, f"{before}{key}.")
        else:
            yield before + key, inner


def _keys(path: Path, encoding: str) -> list[str]:
    return list(dict.fromkeys(in_one_line(key) for row in read_objects(path, encoding) for key in row))
