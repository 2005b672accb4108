"""A stranger's file → its form (kind, encoding, delimiter, header), and its rows as one Parquet file of c0, c1, …"""

import codecs
import csv
import gzip
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from charset_normalizer import from_bytes

from src.errors import ProjectError
from src.headers import check_header

SAMPLE = 1 << 18  # bytes that delimiter and header are found in
BLOCK = 1 << 24  # bytes read at once
ROWS = 100_000  # rows of JSON at once
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
    with _open(path) as file:
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


def stage(source: Source, target: Path) -> int:
    """Write the rows, texts as they are but stripped and empty = null, to a Parquet file; their number.

    Raises ProjectError with the row if one has more or fewer fields than the header, or cannot be read.
    """
    batches = {"csv": _csv_batches, "parquet": _parquet_batches, "json": _json_batches}[source.kind](source)
    rows, writer = 0, None
    try:
        for batch in batches:
            table = pa.table(dict(zip(_names(source), batch, strict=True)))
            writer = writer or pq.ParquetWriter(target, table.schema)
            writer.write_table(table)
            rows += len(table)
    except (pa.ArrowInvalid, ValueError) as error:
        raise ProjectError(f"DATA={source.path}: cannot be read: {' '.join(str(error).split())[:300]}") from None
    finally:
        if writer:
            writer.close()
    if not rows:
        raise ProjectError(f"DATA={source.path}: empty; it has a header and no rows")
    return rows


def _names(source: Source) -> list[str]:
    return [f"c{position}" for position in range(len(source.header))]


def _open(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    return gzip.open(path) if zipped else path.open("rb")  # type: ignore[return-value]


def _encoding(path: Path) -> str:
    """By byte order mark, as UTF-8 if all of it can be read so, else by the likelihood of its letters."""
    with _open(path) as file:
        start = file.read(SAMPLE)
        for mark, name in BOMS.items():
            if start.startswith(mark):
                return name
        decoder, block = codecs.getincrementaldecoder("utf-8")(), start
        try:
            while block:
                decoder.decode(block)
                block = file.read(BLOCK)
        except UnicodeDecodeError:
            # The lines around the first letter that is no ASCII tell most.
            lines = [line for line in start.splitlines() + block.splitlines()[:20_000] if not line.isascii()]
            found = list(from_bytes(b"\n".join(lines[:2000]), cp_isolation=LEGACY))
            # Where Western Europe's letters make as much sense as others, they are meant.
            western = [match for match in found if match.encoding == "cp1252" and match.chaos <= found[0].chaos + 0.05]
            return (western or found)[0].encoding if found else "cp1252"
    return "utf-8"


def _delimiter(text: str, path: Path) -> str:
    """The one that parts most lines into equally many fields, at least two."""
    scores = {}
    for delimiter in DELIMITERS:
        widths = [len(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row][:1000]
        scores[delimiter] = (widths.count(widths[0]) / len(widths) if widths[0] > 1 else 0, widths[0])
    best = max(DELIMITERS, key=lambda delimiter: scores[delimiter])
    if scores[best][0] == 0:
        raise ProjectError(f"DATA={path}: one column only; fields are parted by none of: comma, semicolon, tab, |")
    return best


def _csv_batches(source: Source) -> Iterator[list[pa.Array]]:
    names = [str(position) for position in range(len(source.header))]
    with _open(source.path) as file:
        reader = pa_csv.open_csv(
            file,
            pa_csv.ReadOptions(encoding=source.encoding, block_size=BLOCK, column_names=names, skip_rows=0),
            pa_csv.ParseOptions(delimiter=source.delimiter, newlines_in_values=True),
            pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
        for number, batch in enumerate(reader):
            yield [_stripped(column) for column in (batch.slice(1) if number == 0 else batch).columns]


def _parquet_batches(source: Source) -> Iterator[list[pa.Array]]:
    for batch in pq.ParquetFile(source.path).iter_batches(ROWS):
        columns = (c.dictionary_decode() if pa.types.is_dictionary(c.type) else c for c in batch.columns)
        yield [_stripped(c.cast(pa.string())) if _is_text(c.type) else c for c in columns]


def _json_batches(source: Source) -> Iterator[list[pa.Array]]:
    rows = _objects(source.path, source.encoding)
    while chunk := list(islice(rows, ROWS)):
        trimmed = [{key.strip(): value for key, value in row.items()} for row in chunk]
        yield [_stripped(pa.array([_as_text(row.get(key)) for row in trimmed], pa.string())) for key in source.header]


def _objects(path: Path, encoding: str) -> Iterator[dict[str, Any]]:
    """The objects of JSON Lines, or of one JSON list."""
    with io.TextIOWrapper(_open(path), encoding=encoding) as file:
        listed = file.read(1) == "["
        file.seek(0)
        try:
            values = json.load(file) if listed else (json.loads(line) for line in file if line.strip())
            for number, value in enumerate(values, start=1):
                if not isinstance(value, dict):
                    raise ProjectError(f"DATA={path}: row {number} must be a JSON object, got {str(value)[:50]!r}")
                yield value
        except ValueError as error:
            raise ProjectError(f"DATA={path}: not JSON Lines: {error}") from None


def _keys(path: Path, encoding: str) -> list[str]:
    return list(dict.fromkeys(key.strip() for row in _objects(path, encoding) for key in row))


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _stripped(column: pa.Array) -> pa.Array:
    if not _is_text(column.type):
        return column
    texts = pc.utf8_trim_whitespace(column)
    return pc.if_else(pc.equal(texts, ""), None, texts)
