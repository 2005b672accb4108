"""How a column is read: what kind of values its texts are, and how they are written."""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import pandas as pd

Kind = Literal["integer", "number", "boolean", "moment", "clock", "text", "nested"]
Texts: TypeAlias = "pd.Series[Any]"
HOLDS: dict[Kind, str] = {
    "integer": "whole numbers", "number": "numbers", "boolean": "truth values", "moment": "dates",
    "clock": "times of day", "text": "texts", "nested": "lists or objects",
}  # fmt: skip
STRANGERS = 5  # different words that a column of numbers or dates may hold: they become missing
KNOWN = 4  # different numbers or dates to each of them


@dataclass(frozen=True)
class Form:
    """How a column is read: every other text than these becomes a value of the kind."""

    kind: Kind
    missing: frozenset[str] = frozenset()  # texts that mean: not known
    thousands: str = ""
    decimal: str = "."
    signs: str = ""  # currency and per cent signs to take off
    moment: str = ""  # strptime's format, ISO8601, or the unit of a number of seconds
    zone: str = ""  # of a Parquet file's moments, which are read as UTC
    quotes: str = ""  # around every value, as ARFF writes them: taken off
    loose: bool = False  # a few ranges (8 - 12), bounds (10+) and units (34 m²) among numbers are read as numbers, too
    unitless: bool = False  # of those, values with a unit stay missing: their units differ (34 m², 2 acres)
    void: tuple[float, ...] = ()  # numbers that stand for missing: -999
