"""How a file writes numbers and dates: one column by itself could be read in two ways (1,016 and 01/02/2024)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

TEXTS_COMPARED = 1000  # values of each column
MOSTLY = 0.9  # of them
# No separator of thousands stands behind a zero, or before one, two, four or more digits.
DECIMAL_COMMA = re.compile(r"[-+]?(\d{1,3}(\.\d{3})+,\d+|\d+,(\d{1,2}|\d{4,})|0,\d+)")
SLASHED = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-]\d{2,4}\b")


@dataclass(frozen=True)
class Habits:
    """Whether 1,016 is little more than 1, and whether 01/02/2024 is in February."""

    decimal_comma: bool = False
    day_first: bool = False


def find_habits(columns: Iterable[pa.ChunkedArray], delimiter: str) -> Habits:
    """From the columns that can be read in one way only; where there is none, from the delimiter."""
    comma, day_first = delimiter == ";", False  # as programs write tables where the comma is the decimal one
    for column in columns:
        if pa.types.is_string(column.type):
            texts = pd.Series(pc.unique(column)[: TEXTS_COMPARED + 1].drop_null().to_pylist(), dtype="str")
            comma = comma or bool(len(texts) and texts.str.fullmatch(DECIMAL_COMMA).mean() >= MOSTLY)
            day_first = day_first or _is_day_first(texts)
    return Habits(comma, day_first or comma)


def _is_day_first(texts: "pd.Series[str]") -> bool:
    parts = texts.str.extract(SLASHED).dropna().astype(int)
    if len(parts) < MOSTLY * len(texts) or parts.empty:
        return False
    return bool(parts[0].max() > 12 >= parts[1].max())
