"""The raw table in parts, each read some rows at a time: their types do not depend on where one part ends."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import pandas as pd
import pandera.pandas as pa
import pyarrow
import pyarrow.parquet as pq

from harness.core.errors import ProjectError
from harness.core.files import ending
from harness.data.csv_types import GAPPED_TRUTH, whole_types
from harness.data.table import check_csv, check_declared, csv_chunks, explained

Frames = Iterator[pd.DataFrame]
ARROW = {
    "float64": pyarrow.float64(),
    "int64": pyarrow.int64(),
    "bool": pyarrow.bool_(),
    GAPPED_TRUTH: pyarrow.bool_(),
    "object": pyarrow.large_string(),
}
NUMPY_WITH_GAPS = {"i": "float64", "u": "float64", "b": "object"}  # what pandas makes of numbers and truths with gaps


@dataclass(frozen=True)
class TablePart:
    """Some row groups of a Parquet file, or rows that are read already; `first` is the number of the first row."""

    source: Path
    columns: tuple[str, ...]
    first: int
    rows: int
    row_groups: tuple[int, ...] = ()
    gaps: frozenset[str] = frozenset()  # columns that somewhere in the file have no value
    frame: pd.DataFrame | None = None

    def __str__(self) -> str:
        return f"{self.source}: rows {self.first:,} to {self.first + self.rows - 1:,}"

    def batches(self, most: int) -> Frames:
        """So many rows at once, indexed by their number in the file."""
        if self.frame is not None:
            for start in range(0, len(self.frame), most):
                yield self.frame.iloc[start : start + most]
            return
        first = self.first
        with pq.ParquetFile(self.source, pre_buffer=False) as file:
            for batch in file.iter_batches(most, list(self.row_groups), list(self.columns), use_threads=False):
                frame = batch.to_pandas()
                for name in self.gaps:
                    kind = frame[name].dtype
                    if not pd.api.types.is_extension_array_dtype(kind) and kind.kind in NUMPY_WITH_GAPS:
                        frame[name] = frame[name].astype(NUMPY_WITH_GAPS[kind.kind])
                frame.index = pd.RangeIndex(first, first + len(frame))
                first += len(frame)
                yield frame


def open_parts(path: Path, schema: pa.DataFrameSchema, most: int, folder: Path) -> list[TablePart]:
    """The declared columns of a CSV or Parquet file in parts of about so many rows.

    A larger CSV file is brought into Parquet in the folder first. Raises ProjectError if the file is missing, empty,
    not readable or lacks a declared column.
    """
    with explained(path):
        if ending(path) == ".parquet":
            return _row_groups(path, schema, most)
        check_csv(path, schema)
        chunks = csv_chunks(path, schema, most)
        first, second = next(chunks), next(chunks, None)
        if second is None:
            check_declared(path, list(first.columns), schema)
            if first.empty:
                raise ProjectError(f"{path}: empty; it has a header and no rows")
            frame = first[list(schema.columns)]
            frame.index = pd.RangeIndex(1, len(frame) + 1)
            return [TablePart(path.absolute(), tuple(schema.columns), 1, len(frame), frame=frame)]
        types = whole_types(chain([first, second], chunks))
        staged = folder / "raw.parquet"
        _bring_over(path, schema, most, types, staged)
        return _row_groups(staged, schema, most)


def _bring_over(path: Path, schema: pa.DataFrameSchema, most: int, types: dict[str, str], target: Path) -> None:
    kinds = {name: ARROW[types[name]] for name in types}
    known: dict[Hashable, str] = {name: kind for name, kind in types.items() if kind != GAPPED_TRUTH}
    with pq.ParquetWriter(target, pyarrow.schema(kinds), compression="lz4") as writer:
        for chunk in csv_chunks(path, schema, most, known):
            columns = [pyarrow.array(chunk[name], kind, from_pandas=True) for name, kind in kinds.items()]
            writer.write_table(pyarrow.table(columns, names=list(kinds)))


def _row_groups(path: Path, schema: pa.DataFrameSchema, most: int) -> list[TablePart]:
    with pq.ParquetFile(path) as file:
        names = file.schema_arrow.names
        check_declared(path, names, schema)
        about, columns = file.metadata, tuple(schema.columns)
        if not about.num_rows:
            raise ProjectError(f"{path}: empty; it has a header and no rows")
        gaps = frozenset(name for name in columns if _has_gaps(file, name))
        parts: list[TablePart] = []
        groups: list[int] = []
        rows, first = 0, 1
        for group in range(about.num_row_groups):
            groups.append(group)
            rows += about.row_group(group).num_rows
            if rows >= most or group == about.num_row_groups - 1:
                parts.append(TablePart(path.absolute(), columns, first, rows, tuple(groups), gaps))
                first, rows, groups = first + rows, 0, []
    return parts


def _has_gaps(file: pq.ParquetFile, name: str) -> bool:
    kind = file.schema_arrow.field(name).type
    if not (pyarrow.types.is_integer(kind) or pyarrow.types.is_boolean(kind)):
        return False  # of other types pandas makes the same whether a value is missing or not
    place = file.schema_arrow.names.index(name)
    for group in range(file.metadata.num_row_groups):
        counted = file.metadata.row_group(group).column(place).statistics
        if counted is None or not counted.has_null_count:
            return any(batch.column(0).null_count for batch in file.iter_batches(columns=[name]))
        if counted.null_count:
            return True
    return False
