"""What is true of one column, from all of its rows; and the column itself at a sample of the rows."""

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from harness.tables.column_format import Form
from harness.tables.staging import Staged

CLOSED = 50  # different values that are still a closed set
TEXTS_KEPT = 2000  # values whose text is looked at


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
    texts: tuple[str, ...] = ()  # different ones, to look at
    sample: Any = None  # pd.Series of the sampled rows
    told: tuple[str, ...] = ()  # texts that became missing

    @property
    def unique(self) -> bool:
        return self.distinct == self.rows and not self.missing


def describe(table: Staged, name: str, form: Form | None = None) -> Facts:
    """What is true of a column."""
    raw, values, form = table.read(name, form)
    missing, counted = values.null_count, pc.value_counts(values.drop_null())
    facts = Facts(name, form, len(values), missing, len(counted), pd.Series(dtype=int))
    if len(counted) <= CLOSED:
        items = sorted(counted.to_pylist(), key=lambda item: (-item["counts"], str(item["values"])))
        index = pd.Index([item["values"] for item in items], dtype=object)
        facts = replace(facts, counts=pd.Series([item["counts"] for item in items], index=index, dtype=int))
    if form.kind in {"integer", "number", "moment"} and len(counted):
        facts = _measured(facts, values)
    if form.kind == "text":
        facts = replace(facts, texts=tuple(pc.struct_field(counted, "values")[:TEXTS_KEPT].to_pylist()))
    unread = raw.filter(pc.and_(raw.is_valid(), values.is_null()))
    told = tuple(pc.unique(unread)[:5].to_pylist()) if pa.types.is_string(raw.type) else ()
    sample = values if table.sampled is None else values.take(pa.array(table.sampled))
    return replace(facts, sample=sample.to_pandas(), told=told)


def _measured(facts: Facts, values: pa.ChunkedArray) -> Facts:
    low, high = (pc.min_max(values)[key].as_py() for key in ("min", "max"))
    whole = facts.form.kind == "integer" and facts.unique
    return replace(
        facts,
        low=low,
        high=high,
        is_sequence=bool(whole and low in {0, 1} and high - low == facts.rows - 1),
    )
