"""A stranger's file → its form: kind, encoding, delimiter, header."""

import codecs
import csv
import gzip
import io
import json
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

import pyarrow.parquet as pq
from charset_normalizer import from_bytes

from harness.core.errors import ProjectError
from harness.tables.header import check_header, in_one_line

SAMPLE = 1 << 18  # bytes that delimiter and header are found in
HALF = 0.5  # of the lines
BLOCK_BYTES = 1 << 24  # bytes read at once
DELIMITERS = ",;\t|"
BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
LEGACY = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "shift_jis", "gb18030", "big5", "euc_kr", "utf_16_le"]


@dataclass(frozen=True)
class Source:
    """A file and how it is to be read; the header's names are stripped."""

    path: Path
    kind: Literal["csv", "parquet", "json"]
    header: tuple[str, ...]
    encoding: str = "utf-8"
    delimiter: str = ","


def sniff(path: Path) -> Source:
    """Raises ProjectError if there is no file, no table in it, no header, or a name that is there twice."""
    if not path.is_file():
        raise ProjectError(f"DATA={path}: not found")
    with path.open("rb") as file:
        start = file.read(6)
    if start[:4] == b"PAR1":
        return Source(path, "parquet", check_header(path, pq.read_schema(path).names, []))
    if start[:4] in {b"PK\x03\x04", b"\xd0\xcf\x11\xe0"}:
        raise ProjectError(f"DATA={path}: a workbook or an archive; save the table as CSV, TSV, Parquet or JSON Lines")
    encoding = _encoding(path)
    with open_bytes(path) as file:
        sample = file.read(SAMPLE)
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(sample)
    if not text.strip():
        raise ProjectError(f"DATA={path}: empty; a header and rows are needed")
    if text.lstrip()[0] in "{[":
        return Source(path, "json", check_header(path, _keys(path, encoding), []), encoding)
    if len(sample) == SAMPLE:
        text = text[: text.rfind("\n")]  # the last line may be cut
    delimiter = _delimiter(text, path)
    header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    return Source(path, "csv", check_header(path, header, rows), encoding, delimiter)


def open_bytes(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    return gzip.open(path) if zipped else path.open("rb")  # type: ignore[return-value]


def _encoding(path: Path) -> str:
    """By byte order mark, as UTF-8 if all of it can be read so, else by the likelihood of its letters."""
    with open_bytes(path) as file:
        start = file.read(SAMPLE)
        for mark, name in BOMS.items():
            if start.startswith(mark):
                return name
        decoder, block = codecs.getincrementaldecoder("utf-8")(), start
        try:
            while block:
                decoder.decode(block)
                block = file.read(BLOCK_BYTES)
        except UnicodeDecodeError:
            # The lines around the first letter that is no ASCII tell most.
            lines = [line for line in start.splitlines() + block.splitlines()[:20_000] if not line.isascii()]
            found = list(from_bytes(b"\n".join(lines[:2000]), cp_isolation=LEGACY))
            # Where Western Europe's letters make as much sense as others, they are meant.
            likely = [match for match in found if match.chaos <= found[0].chaos + 0.05]
            western = any("cp1252" in match.could_be_from_charset for match in likely)
            return found[0].encoding if found and not western else "cp1252"
    return "utf-8"


def _delimiter(text: str, path: Path) -> str:
    """The one that parts most lines into as many fields as the header, at least two."""
    scores, usual = {}, {}
    for delimiter in DELIMITERS:
        widths = [len(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row][:1000]
        scores[delimiter] = (widths.count(widths[0]) / len(widths) if widths[0] > 1 else 0, widths[0])
        usual[delimiter] = statistics.mode(widths[1:] or widths)
    best = max(DELIMITERS, key=lambda delimiter: scores[delimiter])
    most = max(DELIMITERS, key=lambda delimiter: usual[delimiter])
    if scores[best][0] < HALF and usual[most] > 1:
        first, width = text.lstrip().splitlines()[0][:50], scores[most][1]
        raise ProjectError(
            f"DATA={path}: its first line, {first!r}, has {width} of the {usual[most]} fields of the others; "
            "it must hold the columns' names"
        )
    if scores[best][0] == 0:
        raise ProjectError(f"DATA={path}: one column only; fields are parted by none of: comma, semicolon, tab, |")
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
