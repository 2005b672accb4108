"""Rows that lie on disk in pieces, in their order: read a block at a time, all of them or one side of the split."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from harness.core.blocks import BLOCK_ROWS, rebatched

READ_TOGETHER = 2**16  # rows that are read from a piece at once


@dataclass(frozen=True)
class StagedRows:
    """Parquet files one after the other; `inside` (rows of all files,) says which of the rows are meant (None: all)."""

    pieces: tuple[Path, ...]
    inside: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        if self.inside is not None:
            return int(self.inside.sum())
        return sum(pq.read_metadata(piece).num_rows for piece in self.pieces)

    def tables(self, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """The rows, a few at once."""
        first = 0
        for piece in self.pieces:
            with pq.ParquetFile(piece, pre_buffer=False) as file:
                for batch in file.iter_batches(READ_TOGETHER, columns=columns, use_threads=False):
                    table, after = pa.Table.from_batches([batch]), first + len(batch)
                    yield table if self.inside is None else table.filter(pa.array(self.inside[first:after]))
                    first = after

    def blocks(self, columns: Sequence[str] | None = None, rows: int = BLOCK_ROWS) -> Iterator[pd.DataFrame]:
        """The rows, so many at once whatever the pieces are."""
        for table in rebatched(self.tables(columns), rows):
            yield table.to_pandas()

    def column(self, name: str, rows: int = BLOCK_ROWS) -> Iterator[pd.Series]:
        """One column, so many rows at once."""
        return (block[name] for block in self.blocks([name], rows))
