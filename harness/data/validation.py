"""Rows against the schema: every violation by column, value and row; nothing here changes a value."""

from pathlib import Path

import numpy as np
import pandas as pd
import pandera.pandas as pa

from harness.core.clock import CLOCK_TIME, CLOCK_TIMES
from harness.core.schema_lines import opening
from harness.data.roles import CHECKS, column_type, columns_by_role, is_clock
from harness.data.violations import MOST_SHOWN, Rank, Violations

FORM, ALTERED, COERCED, CHECKED = range(4)  # in which order violations are reported
BEFORE_CHECKS = {"not_nullable": -2, "field_uniqueness": -1}
ROW_CHECKS = {*CHECKS, "not_equal_to", "equal_to", "notin", "str_matches", "str_contains", "str_startswith"}
ROW_CHECKS |= {"str_endswith", "str_length"}
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
    valid, violations = find_violations(frame, schema)
    violations.refuse(source)
    return valid


def find_violations(
    frame: pd.DataFrame, schema: pa.DataFrameSchema, unique: bool = True
) -> tuple[pd.DataFrame, Violations]:
    """The frame in the schema's types, and what is wrong with it (`unique`: also ids that are there twice)."""
    frame, strict, found = frame.copy(deep=False), _strict(schema, unique), Violations()
    for place, (name, column) in enumerate(schema.columns.items()):
        rank = (FORM, place)
        if str(column.dtype).startswith("datetime") and frame[name].dtype.kind == "O":  # texts
            moments = _read_moments(frame[name], zoned="," in str(column.dtype))
            wrong = frame[name][frame[name].notna() & moments.isna()]
            found.add(rank, name, DATED, wrong.items())
            frame[name] = moments
            strict = strict.remove_columns([name]) if len(wrong) else strict  # to pandera it would be missing
        elif column_type(column) in {"integer", "number"} and frame[name].dtype.kind == "O":
            wrong = frame[name][_is_no_plain_number(frame[name])]
            found.add(rank, name, "a number in digits 0-9", wrong.items())
        elif is_clock(column):
            times = frame[name].dropna().astype("str")
            found.add(rank, name, CLOCK_TIMES, times[~times.str.fullmatch(CLOCK_TIME)].items())
        _find_altered(frame[name], (ALTERED, place), column, found)
    try:
        return strict.validate(frame, lazy=True), found
    except pa.errors.SchemaErrors as errors:
        _find_failures(errors.failure_cases, list(schema.columns), found)
    return frame, found


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


def _find_altered(values: pd.Series, rank: Rank, column: pa.Column, found: Violations) -> None:
    """Values that a conversion to the declared type would change in silence: 1.5 to 1, yes to True."""
    kind = str(column.dtype).lower()
    if "int" in kind:
        wrong, must = pd.to_numeric(values, errors="coerce").mod(1).gt(0), "a whole number"
    elif kind.startswith("bool"):
        wrong, must = ~values.isin([True, False]) & (values.notna() | (kind == "bool")), "true or false"
    elif kind.startswith("datetime"):
        moments = pd.api.types.is_datetime64_any_dtype(values)
        right = (
            str(values.dtype).count(",") == kind.count(",") if moments else not pd.api.types.is_numeric_dtype(values)
        )
        wrong, must = pd.Series(not right, index=values.index), f"{column.dtype}"
    else:
        return
    found.add(rank, str(values.name), must, values[wrong.fillna(False)].items())


def unique_columns(schema: pa.DataFrameSchema) -> list[str]:
    """The columns in which no value may be there twice: the id, and those that the schema says."""
    ids = columns_by_role(schema)["id"]
    return [name for name, column in schema.columns.items() if column.unique or name in ids]


def sees_all_rows(schema: pa.DataFrameSchema) -> bool:
    """Whether a check looks, or may look, at more than one row at a time: one of the project's own."""
    checks = [check for column in schema.columns.values() for check in column.checks]
    own = (not check.element_wise and str(check.name) not in ROW_CHECKS for check in checks)
    return bool(schema.checks or schema.unique) or any(own)


def _strict(schema: pa.DataFrameSchema, unique: bool) -> pa.DataFrameSchema:
    """The schema with unique ids, finite numbers, and text converted to the declared types."""
    roles = columns_by_role(schema)
    strict = schema.update_columns({name: {"coerce": True} for name in schema.columns})
    for name in unique_columns(schema):
        strict.columns[name].unique = unique
    for name in {*roles["numeric"], *roles["target"]}:
        if "float" in str(strict.columns[name].dtype).lower():
            strict.columns[name].checks.append(FINITE)
    return strict


def _find_failures(cases: pd.DataFrame, names: list[str], found: Violations) -> None:
    # A value that is not of its column's type makes every later check of that column fail without a row: noise.
    placed = cases.dropna(subset="index")
    for key, failed in placed.groupby(["column", "check", "check_number"], sort=False, dropna=False):
        column, check, number = map(str, key)
        if not check.startswith("dtype("):
            must = _must(check) + (opening(column) if check.startswith("isin(") else "")
            phase = COERCED if check.startswith("coerce_dtype") else CHECKED
            first = BEFORE_CHECKS.get(check, int(float(number)) if number not in {"nan", "None", "<NA>"} else 0)
            rank = (phase, names.index(column), first)
            found.add(rank, column, must, zip(failed["index"], failed["failure_case"], strict=True))
    if placed.empty:
        for _, case in cases.head(MOST_SHOWN).iterrows():
            found.whole.setdefault(f"{case['column']} fails {case['check']}")


def _must(check: str) -> str:
    name, _, rest = check.partition("(")
    rest = rest.rstrip(")").strip("'")
    if name == "coerce_dtype" and rest.startswith("int"):
        return f"of type {rest} (Int64 where it may be missing)"
    return {"not_nullable": "present", "field_uniqueness": "unique"}.get(
        name, f"{CHECK_WORDS.get(name, name)} {rest}".rstrip()
    )
