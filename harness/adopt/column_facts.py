"""What is true of one column, from all of its rows; and the column itself at a sample of the rows."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from harness.core.contract import FEW_ROWS
from harness.tables.column_format import Form
from harness.tables.date_forms import at_midnight
from harness.tables.date_parts import LAST_YEAR
from harness.tables.detect_format import convert
from harness.tables.detect_numbers import numbers_among
from harness.tables.numbers import read_loosely, read_numbers
from harness.tables.staging import Staged

CLOSED = 100  # different values of which each is counted
TEXTS_KEPT = 2000  # values whose text is looked at
ROWS_TRIED = 100_000  # that tell whether values repeat


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
    is_sequence: bool = False  # 0, 1, 2, … or 1, 2, 3, … or 70001, 70002, … (but not years) in any order
    texts: tuple[str, ...] = ()  # different ones, to look at
    sample: Any = None  # pd.Series of the sampled rows
    told: tuple[str, ...] = ()  # texts that became missing
    void: tuple[tuple[float, int], ...] = ()  # numbers that became missing, and in how many rows
    loose: tuple[tuple[str, int, str], ...] = ()  # how texts that are nearly numbers were read, in how many rows: one
    numeric: float = 0.0  # share of a text column's rows that are numbers
    no_number: str = ""  # a text of the others
    singles: int = 0  # values that are in one row alone
    doubles: int = 0  # values that are in two
    rare: int = 0  # rows whose value is in fewer than FEW_ROWS
    in_runs: bool = False  # a repeated value's rows follow one another
    rises: bool = False  # from row to row, mostly by one or two
    timed: bool = False  # a moment with a time of day in some row

    @property
    def unique(self) -> bool:
        return self.distinct == self.rows and not self.missing


def describe_column(table: Staged, name: str, form: Form | None = None) -> Facts:
    """What is true of a column."""
    raw, values, form = table.read(name, form)
    facts = _as_written(Facts(name, form, len(values), values.null_count, 0, pd.Series(dtype=int)), raw, values)
    del raw  # of millions of rows, the largest part of what is held
    different, counts = _count(values)
    facts = replace(facts, distinct=len(different))
    if len(different) <= CLOSED:
        pairs = zip(different.to_pylist(), counts.tolist(), strict=True)
        items = sorted(pairs, key=lambda item: (-item[1], str(item[0])))
        index = pd.Index([value for value, _ in items], dtype=object)
        facts = replace(facts, counts=pd.Series([count for _, count in items], index=index, dtype=int))
    if form.kind in {"integer", "number", "moment"} and len(different):
        facts = _measured(facts, values)
    if form.kind == "text":
        texts = pd.Series(different[:TEXTS_KEPT].to_pylist(), dtype="str")
        numbers = numbers_among(texts) if len(texts) else np.zeros(0, dtype=bool)
        numeric = float(np.average(numbers, weights=counts[:TEXTS_KEPT])) if len(texts) else 0.0
        facts = replace(facts, texts=tuple(texts), numeric=numeric, no_number=next(iter(texts[~numbers]), ""))
    if form.kind in {"text", "integer"} and len(different):
        facts = _placed(facts, values, counts)
    del different, counts
    sample = values if table.sampled is None else values.take(pa.array(table.sampled))
    return replace(facts, sample=sample.to_pandas())


def _as_written(facts: Facts, raw: pa.ChunkedArray, values: pa.ChunkedArray) -> Facts:
    """What became of texts that were no values, or nearly none."""
    form = facts.form
    if form.void:
        values = convert(raw, replace(form, void=()))
        held = tuple((value, pc.sum(pc.equal(values, value)).as_py() or 0) for value in form.void)
        facts = replace(facts, void=tuple((value, rows) for value, rows in held if rows))
    if form.loose:
        facts = replace(facts, loose=_loosely(raw, form))
    if not pa.types.is_string(raw.type):
        return facts
    unread = raw.filter(pc.and_(raw.is_valid(), values.is_null()))
    return replace(facts, told=tuple(pc.unique(unread)[:5].to_pylist()))


def _count(values: pa.ChunkedArray) -> tuple[pa.Array, NDArray[np.int64]]:
    """The different values, and how many rows have each."""
    known = values.drop_null()
    if pa.types.is_primitive(known.type) and not pa.types.is_boolean(known.type):
        unique, counts = count_numbers(known)
        return pa.array(unique, known.type), counts
    counted = pc.value_counts(known)
    return pc.struct_field(counted, "values"), pc.struct_field(counted, "counts").to_numpy(zero_copy_only=False)


def count_numbers(known: pa.ChunkedArray) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """The different values of numbers without gaps, sorted, and how many rows have each."""
    if pc.count_distinct(known.slice(0, ROWS_TRIED)).as_py() > ROWS_TRIED // 2:
        return np.unique(known.to_numpy(), return_counts=True)  # a third of the memory of Arrow's hashes
    counted = pc.value_counts(known)  # a fraction of the time of sorting
    values, rows = (pc.struct_field(counted, key).to_numpy(zero_copy_only=False) for key in ("values", "counts"))
    unique, places = np.unique(values, return_inverse=True)  # 0 and -0 are one
    return unique, np.bincount(places, weights=rows).astype(np.int64)


def _measured(facts: Facts, values: pa.ChunkedArray) -> Facts:
    low, high = (pc.min_max(values)[key].as_py() for key in ("min", "max"))
    whole = facts.form.kind == "integer" and facts.unique
    return replace(
        facts,
        low=low,
        high=high,
        is_sequence=bool(whole and (low in {0, 1} or low > LAST_YEAR) and high - low == facts.rows - 1),
        timed=facts.form.kind == "moment" and not pc.all(at_midnight(values)).as_py(),
    )


def _placed(facts: Facts, values: pa.ChunkedArray, counts: NDArray[np.int64]) -> Facts:
    """How often values repeat, and whether they do so row after row."""
    known = values.drop_null()
    if facts.form.kind == "text":  # one dictionary for all chunks
        codes = np.concatenate([np.asarray(chunk.indices) for chunk in known.dictionary_encode().chunks])
    else:
        codes = np.asarray(known)
    steps = np.diff(codes)
    return replace(
        facts,
        singles=int((counts == 1).sum()),
        doubles=int((counts == 2).sum()),
        rare=int(counts[counts < FEW_ROWS].sum()),
        in_runs=bool(1 + (steps != 0).sum() == facts.distinct < len(codes)),
        rises=bool(facts.form.kind == "integer" and len(codes) > 1 and (steps > 0).all() and np.median(steps) <= 2),
    )


def _loosely(raw: pa.ChunkedArray, form: Form) -> tuple[tuple[str, int, str], ...]:
    texts = raw.drop_null().to_pandas()
    strict = read_numbers(texts, replace(form, loose=False))
    kinds = read_loosely(texts[strict.isna()], form)[1].dropna()
    return tuple((str(kind), len(rows), str(texts[rows.index[0]])) for kind, rows in kinds.groupby(kinds))
