"""A stranger's rows, kept aside as one Parquet file and read column by column."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from harness.core.errors import ProjectError
from harness.tables.column_format import Form
from harness.tables.conventions import find_habits
from harness.tables.date_parts import DateParts, assemble
from harness.tables.detect_format import ROWS_CONVERTED, convert, find_form
from harness.tables.read_batches import odd_row, read_batches
from harness.tables.source import DAMAGED, Source, damage, stamp_of

SAMPLED = 10_000  # rows that leaks are looked for in
MANY_COLUMNS = 200  # with more of them fewer rows are sampled


def stage(source: Source, target: Path) -> int:
    """Write the rows to a Parquet file of the columns c0, c1, …; their number.

    Raises ProjectError with the row if one has more or fewer fields than the header, or cannot be read.
    """
    names = [f"c{position}" for position in range(len(source.header))]
    rows, writer = 0, None
    try:
        for batch in read_batches(source):
            table = pa.table(dict(zip(names, batch, strict=True)))
            _check_rows(source, table, rows)
            writer = writer or pq.ParquetWriter(target, table.schema)
            writer.write_table(table)
            rows += len(table)
    except (*DAMAGED, ValueError) as error:
        reason = odd_row(source) if source.kind == "csv" else ""
        reason = reason or damage(error)
        raise ProjectError(f"DATA={source.path}: {reason}") from None
    finally:
        if writer:
            writer.close()
        pa.default_memory_pool().release_unused()
    if source.stamp != stamp_of(source.path):
        raise ProjectError(f"DATA={source.path}: changed while it was read; try again")
    if not rows:
        raise ProjectError(f"DATA={source.path}: empty; it has a header and no rows")
    return rows


def _check_rows(source: Source, table: pa.Table, before: int) -> None:
    """Raises ProjectError if a row is the header again, as where files were put together."""
    if source.kind not in {"csv", "workbook"}:
        return
    same = pc.fill_null(pc.equal(table[0], source.header[0]), False)
    for name, column in zip(source.header[1:], table.columns[1:], strict=True):
        if not pc.any(same).as_py():
            return
        same = pc.and_(same, pc.fill_null(pc.equal(column, name), False))
    again = pc.indices_nonzero(same)
    if len(again):
        also = f", and so are {len(again) - 1:,} rows after it: delete them" if len(again) > 1 else ": delete it"
        raise ProjectError(f"DATA={source.path}: row {before + again[0].as_py() + 1:,} is the header again{also}")


class Staged:
    """The rows of a table, as `stage` wrote them, column by column; only those that have a target."""

    def __init__(self, path: Path, names: tuple[str, ...], delimiter: str = ",") -> None:
        self.path, self.names = path, names
        self.file = pq.ParquetFile(path)
        self.habits = find_habits(self.file.read_row_group(0).columns, delimiter)
        self.rows: int = self.file.metadata.num_rows
        self.parts: DateParts | None = None  # a moment that several columns make, read as one more
        self.kept: pa.ChunkedArray | None = None
        self.sampled: NDArray[np.int64] | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The names, that of the moment which is put together first."""
        return (self.parts.name, *self.names) if self.parts else self.names

    def read(self, name: str, form: Form | None = None) -> tuple[pa.ChunkedArray, pa.ChunkedArray, Form]:
        """A column as it was, and converted to its form (found, unless given)."""
        raw = self.column(name)
        form = form or find_form(raw, name, self.habits)
        return raw, convert(raw, form), form

    def column(self, name: str) -> pa.ChunkedArray:
        """A column as it was."""
        if self.parts and name == self.parts.name:
            return assemble({part: self.column(part) for part in self.parts.parts.values()}, self.parts)
        raw = self.file.read(columns=[f"c{self.names.index(name)}"])[0]
        return raw.filter(self.kept) if self.kept is not None else raw

    def keep_rows_of(self, target: str, form: Form, by_class: bool) -> int:
        """From now on look at rows with a target only, and sample them (of each class equally many); rows lost."""
        lost = self.keep_rows_with(target, form)
        _, values, _ = self.read(target, form)
        known, most = values.to_pandas(), SAMPLED if len(self.names) <= MANY_COLUMNS else SAMPLED // 4
        rng = np.random.default_rng(0)
        codes = pd.factorize(known)[0] if by_class else np.zeros(len(known), dtype=np.int64)
        parts = [np.flatnonzero(codes == code) for code in np.unique(codes)]
        share = most // len(parts) if len(known) > most else len(known)
        taken = [rng.choice(part, share, replace=False) if len(part) > share else part for part in parts]
        self.sampled = np.sort(np.concatenate(taken))
        return lost

    def keep_rows_with(self, target: str, form: Form) -> int:
        """From now on look at rows with a target only; rows lost."""
        _, values, _ = self.read(target, form)
        self.kept = values.is_valid() if values.null_count else None  # to filter is to copy
        return int(values.null_count)

    def batches(self) -> Iterator[dict[str, pa.ChunkedArray]]:
        """The rows with a target, some at a time."""
        start, most = 0, self.file.metadata.row_group(0).num_rows
        each = max(1, ROWS_CONVERTED // most)
        for group in range(0, self.file.num_row_groups, each):
            part = self.file.read_row_groups(list(range(group, min(group + each, self.file.num_row_groups))))
            if self.kept is not None:
                part, start = part.filter(self.kept.slice(start, len(part))), start + len(part)
            columns = dict(zip(self.names, part.columns, strict=True))
            yield {self.parts.name: assemble(columns, self.parts), **columns} if self.parts else columns
