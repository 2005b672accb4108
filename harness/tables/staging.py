"""The rows of a stranger's file, as one Parquet file of the columns c0, c1, …"""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from harness.core.errors import ProjectError
from harness.tables.header import in_one_line
from harness.tables.source import BLOCK, Source, open_bytes, read_objects

ROWS = 100_000  # rows of JSON or Parquet at once


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


def _csv_batches(source: Source) -> Iterator[list[pa.Array]]:
    names = [str(position) for position in range(len(source.header))]
    with open_bytes(source.path) as file:
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
    rows = read_objects(source.path, source.encoding)
    while chunk := list(islice(rows, ROWS)):
        trimmed = [{in_one_line(key): value for key, value in row.items()} for row in chunk]
        yield [_stripped(pa.array([_as_text(row.get(key)) for row in trimmed], pa.string())) for key in source.header]


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
