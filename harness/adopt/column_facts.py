"""What is true of one column, from all of its rows; and the column itself at a sample of the rows."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from harness.tables.column_format import Form
from harness.tables.conventions import find_habits
from harness.tables.detect_format import convert, find_form

CLOSED = 50  # different values that are still a closed set
SAMPLED = 10_000  # rows that leaks are looked for in
MANY = 200  # columns; with more of them fewer rows are sampled
LOOKED_AT = 2000  # values whose text is looked at


@dataclass(frozen=True)
class Facts:
    """One column: how it is read, how full and how varied it is, and what its values look like."""

    name: str
    form: Form
    rows: int
    missing: int
    distinct: int
    counts: "pd.Series[int]"  # of each value, the most frequent first; empty if there are more than CLOSED
    low: Any = None
    high: Any = None
    is_sequence: bool = False  # 0, 1, 2, … or 1, 2, 3, … in any order
    is_increasing: bool = False
    texts: tuple[str, ...] = ()  # different ones, to look at
    sample: Any = None  # pd.Series of the sampled rows
    told: tuple[str, ...] = ()  # texts that became missing
    lost: int = 0  # values that could not be read

    @property
    def unique(self) -> bool:
        return self.distinct == self.rows and not self.missing


class Staged:
    """The rows of a table, as `stage` wrote them, column by column; only those that have a target."""

    def __init__(self, path: Path, names: tuple[str, ...], delimiter: str = ",") -> None:
        self.path, self.names = path, names
        self.file = pq.ParquetFile(path)
        self.habits = find_habits(self.file.read_row_group(0).columns, delimiter)
        self.rows: int = self.file.metadata.num_rows
        self.kept: pa.ChunkedArray | None = None
        self.sampled: NDArray[np.int64] | None = None

    def read(self, name: str, form: Form | None = None) -> tuple[pa.ChunkedArray, pa.ChunkedArray, Form]:
        """A column as it was, and converted to its form (found, unless given)."""
        raw = self.column(name)
        form = form or find_form(raw, name, self.habits)
        return raw, convert(raw, form), form

    def column(self, name: str) -> pa.ChunkedArray:
        """A column as it was."""
        raw = self.file.read(columns=[f"c{self.names.index(name)}"])[0]
        return raw.filter(self.kept) if self.kept is not None else raw

    def keep_rows_of(self, target: str, form: Form, by_class: bool) -> int:
        """From now on look at rows with a target only, and sample them (of each class equally many); rows lost."""
        lost = self.keep_rows_with(target, form)
        _, values, _ = self.read(target, form)
        known, most = values.to_pandas(), SAMPLED if len(self.names) <= MANY else SAMPLED // 4
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
        self.kept = values.is_valid()
        return int(values.null_count)

    def batches(self) -> Iterator[dict[str, pa.ChunkedArray]]:
        """The rows with a target, some at a time."""
        start = 0
        for group in range(self.file.num_row_groups):
            part = self.file.read_row_group(group)
            if self.kept is not None:
                part, start = part.filter(self.kept.slice(start, len(part))), start + len(part)
            yield dict(zip(self.names, part.columns, strict=True))

    def facts(self, name: str, form: Form | None = None) -> Facts:
        """What is true of a column."""
        raw, values, form = self.read(name, form)
        missing, counted = values.null_count, pc.value_counts(values.drop_null())
        facts = Facts(name, form, len(values), missing, len(counted), pd.Series(dtype=int))
        if len(counted) <= CLOSED:
            items = sorted(counted.to_pylist(), key=lambda item: (-item["counts"], str(item["values"])))
            index = pd.Index([item["values"] for item in items], dtype=object)
            facts = replace(facts, counts=pd.Series([item["counts"] for item in items], index=index, dtype=int))
        if form.kind in {"integer", "number", "moment"} and len(counted):
            facts = _measured(facts, values)
        if form.kind == "text":
            facts = replace(facts, texts=tuple(pc.struct_field(counted, "values")[:LOOKED_AT].to_pylist()))
        unread = raw.filter(pc.and_(raw.is_valid(), values.is_null()))
        told = tuple(pc.unique(unread)[:5].to_pylist()) if pa.types.is_string(raw.type) else ()
        sample = values if self.sampled is None else values.take(pa.array(self.sampled))
        return replace(facts, sample=sample.to_pandas(), told=told, lost=len(unread))


def _measured(facts: Facts, values: pa.ChunkedArray) -> Facts:
    low, high = (pc.min_max(values)[key].as_py() for key in ("min", "max"))
    known = values.drop_null().to_numpy()
    whole = facts.form.kind == "integer" and facts.unique
    return replace(
        facts,
        low=low,
        high=high,
        is_sequence=bool(whole and low in {0, 1} and high - low == facts.rows - 1),
        is_increasing=bool(whole and len(known) > 1 and (np.diff(known) > 0).all()),
    )
