"""Rows against the schema: every violation by column, value and row; nothing here changes a value."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pandera.pandas as pa

from harness.core.clock import CLOCK_TIME, CLOCK_TIMES
from harness.core.errors import ProjectError
from harness.core.schema_lines import opening
from harness.data.roles import SCHEMA, column_type, columns_by_role, is_clock

Scalar = str | float | datetime | None
MOST_SHOWN = 20  # violations of one check that are printed
FINITE = pa.Check(lambda s: s.abs() <= np.finfo(np.float32).max, name="finite")
DAY_PATTERN = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
CLOCK = r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?)?"
ZONE = r"(Z|[+-][0-9]{2}:?[0-9]{2})"
YEARS = (1678, 2261)  # those that pandas' nanoseconds hold
DATED = "a date (YYYY-MM-DD, also with a time of day) from 1678 to 2261"
# What a CSV file's cell may hold for a number, when training as when scoring: Python takes 0_5, ١ and １ for one too.
PLAIN_NUMBER = r"[ \t]*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?[ \t]*"
CHECK_WORDS = {
    "greater_than_or_equal_to": "≥",
    "greater_than": ">",
    "less_than_or_equal_to": "≤",
    "less_than": "<",
    "isin": "one of",
    "in_range": "in the range",
    "coerce_dtype": "of type",
}


def validate(frame: pd.DataFrame, schema: pa.DataFrameSchema, source: Path) -> pd.DataFrame:
    """The frame in the schema's types.

    Raises ProjectError with a line for each violation (column, value, row), at most 20 a check.
    """
    frame, strict = frame.copy(deep=False), _strict(schema)
    lines: list[str] = []
    for name, column in schema.columns.items():
        if str(column.dtype).startswith("datetime") and frame[name].dtype.kind == "O":  # texts
            moments = _read_moments(frame[name], zoned="," in str(column.dtype))
            wrong = frame[name][frame[name].notna() & moments.isna()]
            lines += violation_lines(source, name, DATED, wrong.items())
            frame[name] = moments
            strict = strict.remove_columns([name]) if len(wrong) else strict  # to pandera it would be missing
        elif column_type(column) in {"integer", "number"} and frame[name].dtype.kind == "O":
            wrong = frame[name][_is_no_plain_number(frame[name])]
            lines += violation_lines(source, name, "a number in digits 0-9", wrong.items())
        elif is_clock(column):
            times = frame[name].dropna().astype("str")
            lines += violation_lines(source, name, CLOCK_TIMES, times[~times.str.fullmatch(CLOCK_TIME)].items())
    lines += _altered(frame, schema, source)
    try:
        valid = strict.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        lines += _violations(errors.failure_cases, source)
    if lines:
        raise ProjectError(
            "\n".join(
                [*lines, f"{source}: does not meet {SCHEMA}; correct the rows or the schema; nothing was written"]
            )
        )
    return valid


def violation_lines(
    source: Path, column: str, must: str, rows: Iterable[tuple[object, Scalar]], shown: int = MOST_SHOWN
) -> Iterator[str]:
    """A line for each of the first rows that break one rule, and one for the number of the others."""
    rows = list(rows)
    for row, value in rows[:shown]:
        got = "" if pd.isna(value) else f", got {value!r}"
        yield f"{source}: row {row}: {column} must be {must}{got}"
    if len(rows) > shown:
        yield f"{source}: {column} must be {must}: {len(rows) - shown} more rows"


def _read_moments(values: pd.Series, zoned: bool) -> pd.Series:
    """Moments of ISO 8601 texts; NaT for any other text, because pandas would guess (05/06/2024, today)."""
    texts = values.astype("str")
    form = DAY_PATTERN + CLOCK + (ZONE if zoned else "")
    texts = texts.where(texts.str.fullmatch(form).fillna(False).astype(bool))
    moments = pd.to_datetime(texts, format="ISO8601", errors="coerce", utc=zoned)
    return moments.where(moments.dt.year.between(*YEARS))


def _is_no_plain_number(texts: pd.Series) -> pd.Series:
    """Whether a text would become a number although scoring refuses it; what is no number at all, pandera finds."""
    given = texts.map(lambda value: isinstance(value, str))
    plain = texts.where(given, "0").astype("str").str.fullmatch(PLAIN_NUMBER)
    return given & ~plain.astype(bool) & texts.map(_is_number_to_python)


def _is_number_to_python(value: object) -> bool:
    try:
        return float(str(value)) is not None
    except ValueError:
        return False


def _altered(frame: pd.DataFrame, schema: pa.DataFrameSchema, source: Path) -> Iterator[str]:
    """Values that a conversion to the declared type would change in silence: 1.5 to 1, yes to True."""
    for name, column in schema.columns.items():
        values, kind = frame[name], str(column.dtype).lower()
        if "int" in kind:
            wrong, must = pd.to_numeric(values, errors="coerce").mod(1).gt(0), "a whole number"
        elif kind.startswith("bool"):
            wrong, must = ~values.isin([True, False]) & (values.notna() | (kind == "bool")), "true or false"
        elif kind.startswith("datetime"):
            moments = pd.api.types.is_datetime64_any_dtype(values)
            right = (
                str(values.dtype).count(",") == kind.count(",")
                if moments
                else not pd.api.types.is_numeric_dtype(values)
            )
            wrong, must = pd.Series(not right, index=values.index), f"{column.dtype}"
        else:
            continue
        yield from violation_lines(source, name, must, values[wrong.fillna(False)].items())


def _strict(schema: pa.DataFrameSchema) -> pa.DataFrameSchema:
    """The schema with unique ids, finite numbers, and text converted to the declared types."""
    roles = columns_by_role(schema)
    strict = schema.update_columns({name: {"coerce": True} for name in schema.columns})
    for name in roles["id"]:
        strict.columns[name].unique = True
    for name in {*roles["numeric"], *roles["target"]}:
        if "float" in str(strict.columns[name].dtype).lower():
            strict.columns[name].checks.append(FINITE)
    return strict


def _violations(cases: pd.DataFrame, source: Path) -> Iterator[str]:
    # A value that is not of its column's type makes every later check of that column fail without a row: noise.
    placed = cases.dropna(subset="index")
    for (column, check), failed in placed.groupby(["column", "check"], sort=False):
        if not str(check).startswith("dtype("):
            must = _must(str(check)) + (opening(str(column)) if str(check).startswith("isin(") else "")
            rows = zip(failed["index"], failed["failure_case"], strict=True)
            yield from violation_lines(source, str(column), must, rows)
    if placed.empty:
        for _, case in cases.head(MOST_SHOWN).iterrows():
            yield f"{source}: {case['column']} fails {case['check']}"


def _must(check: str) -> str:
    name, _, rest = check.partition("(")
    rest = rest.rstrip(")").strip("'")
    if name == "coerce_dtype" and rest.startswith("int"):
        return f"of type {rest} (Int64 where it may be missing)"
    return {"not_nullable": "present", "field_uniqueness": "unique"}.get(
        name, f"{CHECK_WORDS.get(name, name)} {rest}".rstrip()
    )
