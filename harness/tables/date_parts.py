"""A moment that a table writes in parts: columns for year, month, day, hour."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from harness.tables.header import snake
from harness.tables.month_names import month_number

UNITS = {
    "year": r"year|yyyy|yr|jahr|ano|annee|年",
    "month": r"month|mm|monat|mes|mois|mnth|月",
    "day": r"day|day_of_month|dayofmonth|mday|dom|dd|tag|dia|jour|日",
    "hour": r"hour|hr|hh|stunde|hora|heure|時",
    "minute": r"minute|minutes",
}
LIMITS = {"month": (1, 12), "day": (1, 31), "hour": (0, 23), "minute": (0, 59)}
FIRST_YEAR, LAST_YEAR = 1800, 2200


@dataclass(frozen=True)
class DateParts:
    """The column that is put together, and the columns that it is made of by their unit."""

    name: str
    parts: dict[str, str]

    def unit_of(self, column: str) -> str:
        """year, month, day, …; empty for a column that is no part."""
        return next((unit for unit, name in self.parts.items() if name == column), "")


def find_date_parts(names: Sequence[str]) -> DateParts | None:
    """The first columns that have one name but for year, month, …; a year and a month are needed."""
    found: dict[str, dict[str, str]] = {}
    for name in names:
        for unit, words in UNITS.items():
            match = re.fullmatch(rf"(?:(.+)_)?(?:{words})", snake(name))
            if match:
                found.setdefault(match[1] or "", {}).setdefault(unit, name)
    for before, parts in found.items():
        if {"year", "month"} <= set(parts):
            wanted = before if before.endswith("date") else f"{before}_date".strip("_")
            name = next(name for name in (wanted, f"{wanted}_of_parts", f"{wanted}_of_parts_") if name not in names)
            return DateParts(name, parts)
    return None


def assemble(columns: Mapping[str, pa.ChunkedArray], parts: DateParts) -> pa.ChunkedArray:
    """The moments; null where a part is missing or there is no such day."""
    numbers = {unit: _numbers(columns[name], unit) for unit, name in parts.parts.items()}
    whole = pd.DataFrame({"day": 1, **numbers})
    whole = whole.where(whole["year"].between(FIRST_YEAR, LAST_YEAR))
    moments = pd.to_datetime(whole, errors="coerce").where(whole.notna().all(axis=1))
    return pa.chunked_array([pa.array(moments.astype("datetime64[us]"), pa.timestamp("us"))])


def _numbers(column: pa.ChunkedArray, unit: str) -> "pd.Series[float]":
    """Months may be words: January, Feb."""
    values = column.to_pandas()
    numbers = pd.to_numeric(values, errors="coerce")
    if unit == "month" and numbers.isna().all():
        numbers = values.astype("str").map(month_number, na_action="ignore")
    found: pd.Series[float] = numbers.astype(float)
    return found
