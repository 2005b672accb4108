"""Tables that are too large to be held whole, a block of rows at a time: wherever they come from, the same blocks."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from harness.core.files import replacing

BLOCK_ROWS = 2**20  # rows: of a row group of what is written, and of what a sum is made of, however the rows were read


def rebatched(tables: Iterable[pa.Table], rows: int = BLOCK_ROWS) -> Iterator[pa.Table]:
    """The rows of tables one after the other, so many in each block but the last."""
    held: list[pa.Table] = []
    count = 0
    for table in tables:
        held.append(table)
        count += len(table)
        while count >= rows:
            whole = pa.concat_tables(held)
            yield whole.slice(0, rows).combine_chunks()
            held, count = [whole.slice(rows)], count - rows
    if count:
        yield pa.concat_tables(held).combine_chunks()


def write_blocks(path: Path, frames: Iterable[pd.DataFrame | pa.Table]) -> None:
    """Write a Parquet file as pandas writes all of the rows at once: equal rows give equal bytes."""
    tables = (
        pa.Table.from_pandas(frame, preserve_index=False) if isinstance(frame, pd.DataFrame) else frame
        for frame in frames
    )
    first = next(tables)
    with replacing(path) as temporary, pq.ParquetWriter(temporary, first.schema) as writer:
        written = 0
        for table in rebatched(_again(first, tables)):
            writer.write_table(table, row_group_size=BLOCK_ROWS)
            written += len(table)
        if not written:
            writer.write_table(first)


def _again(first: pa.Table, others: Iterable[pa.Table]) -> Iterator[pa.Table]:
    yield first
    yield from others
