"""The rows of a stranger's file, some at a time: texts as they are but stripped, empty = null."""

import csv
import io
import json
from collections.abc import Iterator
from itertools import islice

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from harness.core.arrow import is_text_type
from harness.tables.encoding import BLOCK_BYTES, open_bytes
from harness.tables.header import in_one_line
from harness.tables.source import Source, read_objects
from harness.tables.workbook import read_sheet

BATCH_ROWS = 100_000  # rows of JSON or Parquet at once


def read_batches(source: Source) -> Iterator[list[pa.Array]]:
    """The columns of some rows after others. Raises pa.ArrowInvalid or ValueError if a row cannot be read."""
    yield from {"csv": _csv_batches, "parquet": _parquet_batches, "json": _json_batches, "workbook": _sheet_batches}[
        source.kind
    ](source)


def _csv_batches(source: Source) -> Iterator[list[pa.Array]]:
    names = [str(position) for position in range(len(source.header))]
    with open_bytes(source.path) as file:
        reader = pa_csv.open_csv(
            file,
            pa_csv.ReadOptions(
                encoding=source.encoding,
                block_size=BLOCK_BYTES,
                column_names=names,
                skip_rows=source.skipped,
                use_threads=False,  # with threads an error does not name the row
            ),
            pa_csv.ParseOptions(delimiter=source.delimiter, newlines_in_values=True),
            pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
        for number, batch in enumerate(reader):
            yield [_stripped(column) for column in (batch.slice(1) if number == 0 else batch).columns]


def odd_row(source: Source) -> str:
    """The first row of a CSV file with more or fewer fields than the header; empty if there is none."""
    with io.TextIOWrapper(open_bytes(source.path), source.encoding, "replace", newline="") as file:
        rows = csv.reader(file, delimiter=source.delimiter)
        width = len(next(islice(rows, source.skipped, None)))
        for number, row in enumerate(filter(None, rows), start=1):
            if len(row) != width:
                start = source.delimiter.join(row)[:60]
                return f"row {number}: must have {width} fields, as the header has, got {len(row)} ({start!r})"
    return ""


def _parquet_batches(source: Source) -> Iterator[list[pa.Array]]:
    for batch in pq.ParquetFile(source.path).iter_batches(BATCH_ROWS):
        columns = (c.dictionary_decode() if pa.types.is_dictionary(c.type) else c for c in batch.columns)
        yield [_stripped(c.cast(pa.string())) if is_text_type(c.type) else c for c in columns]


def _sheet_batches(source: Source) -> Iterator[list[pa.Array]]:
    rows = read_sheet(source.path, source.sheet)
    if rows:
        yield [_stripped(pa.array(column, pa.string())) for column in zip(*rows, strict=True)]


def _json_batches(source: Source) -> Iterator[list[pa.Array]]:
    rows = read_objects(source.path, source.encoding)
    while chunk := list(islice(rows, BATCH_ROWS)):
        trimmed = [{in_one_line(key): value for key, value in row.items()} for row in chunk]
        yield [_stripped(pa.array([_json_text(row.get(key)) for row in trimmed], pa.string())) for key in source.header]


def _json_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _stripped(column: pa.Array) -> pa.Array:
    if not is_text_type(column.type):
        return column
    texts = pc.utf8_trim_whitespace(column)
    return pc.if_else(pc.equal(texts, ""), None, texts)
