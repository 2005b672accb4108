"""Numbers that stand for missing, such as -999: said by MISSING, or found by evidence."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from harness.adopt.column_facts import count_numbers
from harness.adopt.plan import NONE
from harness.core.errors import ProjectError
from harness.tables.column_format import Form
from harness.tables.detect_format import convert
from harness.tables.header import find_column
from harness.tables.staging import Staged

LEAST_DIFFERENT = 6  # values, below which nothing is far out
REPEATED = 3  # rows with the value
FAR, FARTHEST = 1.0, 10.0  # times the other values' range: where several columns have the value, and in one alone
MOST_ZEROS = 0.1  # of the rows: more are no gaps, but what most have none of
FILLS = (-32768, 32767, 65535, -(2**31), 2**31 - 1, 9.969209968386869e36)  # of files of measurements
EIGHTS = {"888", "8888", "777", "7777"}  # refused, not asked: of questionnaires
NEVER_ZERO = 3.75  # standard deviations between 0 and the mean of the rest, all of it above 0


@dataclass(frozen=True)
class Edge:
    """The lowest or highest value of a column."""

    value: float
    rows: int
    far: float  # its distance from the next one, as a multiple of the range of the others
    zero: bool = False  # 0, below values that are all far above it


def edges(values: pa.ChunkedArray) -> list[Edge]:
    """The ends of a column of numbers; none where too few differ."""
    unique, rows = count_numbers(values.drop_null())
    unique = unique.astype(float)
    if len(unique) < LEAST_DIFFERENT:
        return []
    inner = unique[-2] - unique[1]
    rest, weights = unique[1:], rows[1:]
    mean = np.average(rest, weights=weights)
    spread = np.sqrt(np.average((rest - mean) ** 2, weights=weights))
    few = REPEATED <= rows[0] <= MOST_ZEROS * rows.sum()
    zero = unique[0] == 0 and few and mean > NEVER_ZERO * spread > 0 and rest[0] > spread
    return [
        Edge(float(unique[0]), int(rows[0]), float((unique[1] - unique[0]) / inner), bool(zero)),
        Edge(float(unique[-1]), int(rows[-1]), float((unique[-1] - unique[-2]) / inner)),
    ]


def doubtful_zero(values: NDArray[np.float64]) -> int:
    """Rows with a 0 that stands far below all other values; none where there is no such."""
    return next((edge.rows for edge in edges(pa.chunked_array([pa.array(values)])) if edge.zero), 0)


def doubtful_minus_one(values: NDArray[np.float64]) -> int:
    """Rows with a -1 that is the only negative value; none where there are others, or fewer than a few rows."""
    below = values[values < 0]
    return len(below) if len(below) >= REPEATED and (below == -1).all() and len(np.unique(values)) > 2 else 0


def find_sentinels(found: Mapping[str, Sequence[Edge]]) -> dict[str, tuple[float, ...]]:
    """By column: a value far out that is in several columns, or farthest out, repeated and written as a code.

    A 0 far below all other values, as blood pressure has none, needs no look of a code.
    """
    far = {(name, edge.value): edge for name, ends in found.items() for edge in ends if edge.far > FAR}
    shared = [value for _, value in far]
    void: dict[str, tuple[float, ...]] = {}
    for (name, value), edge in far.items():
        several = shared.count(value) > 1 and sum(e.rows for (_, v), e in far.items() if v == value) >= REPEATED
        alone = edge.far > FARTHEST and edge.rows >= REPEATED
        if _is_code(value) and (several or alone):
            void[name] = (*void.get(name, ()), value)
    zeros = {name: edge for name, ends in found.items() for edge in ends if edge.zero}
    for name, edge in zeros.items():
        if len(zeros) > 1 or edge.far > FARTHEST:
            void[name] = (*void.get(name, ()), 0.0)
    return void


def with_void(
    forms: Mapping[str, Form], wishes: Sequence[str], found: Mapping[str, Sequence[Edge]], names: tuple[str, ...]
) -> dict[str, Form]:
    """The forms, with what stands for missing: MISSING=-200, MISSING=age:0, or none; else what evidence says.

    Raises ProjectError if a column that MISSING names is not there, or if it says both none and a value.
    """
    none = [wish for wish in wishes if wish.casefold() == NONE]
    if none and len(wishes) > 1:
        raise ProjectError(f"MISSING={','.join(wishes)}: {none[0]} says that no value stands for missing; leave it out")
    if not wishes:
        return {name: replace(form, void=find_sentinels(found).get(name, ())) for name, form in forms.items()}
    made = dict(forms)
    for wish in () if none else wishes:
        before, _, value = wish.rpartition(":")
        columns = [find_column("MISSING", before, names)] if before else list(forms)
        for name in columns:
            made[name] = _denied(made[name], value, wish, bool(before))
    return made


def check_used(table: Staged, forms: Mapping[str, Form], wishes: Sequence[str]) -> None:
    """Raises ProjectError if no row has a value that MISSING names."""
    for wish in wishes:
        before, _, value = wish.rpartition(":")
        columns = [find_column("MISSING", before, table.names)] if before else table.names
        if wish.casefold() != NONE and not any(_holds(table.column(name), forms[name], value) for name in columns):
            raise ProjectError(f"MISSING={wish}: no row has {value}{f' in {columns[0]}' if before else ''}")


def _holds(raw: pa.ChunkedArray, form: Form, value: str) -> bool:
    quoted = f"{form.quotes}{value}{form.quotes}"
    if pa.types.is_string(raw.type) and pc.any(pc.is_in(raw, pa.array([value, quoted]))).as_py():
        return True
    if form.kind not in {"integer", "number"}:
        return False
    try:
        return bool(pc.any(pc.equal(convert(raw, replace(form, void=())).cast(pa.float64()), float(value))).as_py())
    except ValueError:
        return False


def _denied(form: Form, value: str, wish: str, named: bool) -> Form:
    if form.kind == "text":
        return replace(form, missing=form.missing | {value})
    try:
        number = float(value)
    except ValueError:
        if named:
            raise ProjectError(f"MISSING={wish}: must be a number, as the column's values are") from None
        return form
    return replace(form, void=(*form.void, number)) if form.kind in {"integer", "number"} else form


def _is_code(value: float) -> bool:
    """-200, 999 and the like: of two digits at least, all nines (99.9 too); or whole with zeros behind; or a fill."""
    if any(math.isclose(value, fill, rel_tol=1e-6) for fill in FILLS):
        return True
    digits = f"{abs(value):.15g}".replace(".", "")
    whole = float(value).is_integer() and (digits.endswith("00") or set(digits[1:]) == {"0"} or digits in EIGHTS)
    return len(digits) > 1 and (set(digits) == {"9"} or whole)
