"""Texts as numbers: thousands' separators, decimal commas, brackets, signs and units; ranges and bounds too."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd

from harness.tables.column_format import Form, Texts
from harness.tables.money import DASHES

ALIKE_MARKS = str.maketrans("’\u00a0\u2009\u202f", "'   ")
AMOUNT = r"([-+]?\d[\d.,' ]*)"
LOOSE = {
    "a range is read as its middle": rf"^{AMOUNT} ?(?:-|–|—|to|bis|\.\.) ?{AMOUNT}$",
    "a bound (<5) is read as its number": rf"^(?:[<>≤≥~≈]=?|ca\.?|about|over|under|up to) ?{AMOUNT}$",
    "a bound (10+) is read as its number": rf"^{AMOUNT} ?(?:\+|plus|or more|and over)$",
    "a unit is left off": rf"^{AMOUNT} ?((?:[^\W\d_]|[°%])(?:[^\W\d_]|[°%./ ])+)$",
}
WITH_UNIT = "a unit is left off"


def read_numbers(texts: Texts, form: Form) -> Texts:
    """As numbers, NaN where a text is not one."""
    bare = texts.map(_with_plain_marks, na_action="ignore") if form.thousands in {" ", "'"} else texts
    if form.signs:
        signs = re.escape(form.signs)
        bare = bare.str.replace(r"^\((.+)\)$", r"-\1", regex=True).str.replace(DASHES, "", regex=True)
        bare = bare.str.replace(rf"^([-+]?)[{signs} ]+|[{signs} ]+$", r"\1", regex=True)
    if form.thousands:
        lakhs = r"[-+]?\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d+)?|" if form.thousands == "," else ""
        groups = lakhs + (
            rf"[-+]?[1-9]\d{{0,2}}(?:\{form.thousands}\d{{3}})+(?:\{form.decimal}\d+)?|[-+]?\d+(?:\{form.decimal}\d+)?"
        )
        bare = bare.where(bare.str.fullmatch(groups)).str.replace(form.thousands, "", regex=False)
    bare = bare.str.replace(form.decimal, ".", regex=False) if form.decimal != "." else bare
    numbers = pd.to_numeric(bare.where(bare.str.isascii() == True), errors="coerce")  # noqa: E712  (None is neither)
    numbers = numbers.where(np.isfinite(numbers.astype(float)))
    if form.loose:
        numbers = numbers.astype(float).fillna(read_loosely(texts[numbers.isna()], form)[0].astype(float))
    return numbers


def read_loosely(texts: Texts, form: Form) -> tuple[Texts, Texts]:
    """Numbers of ranges, bounds and values with a unit, and which of the three a text is; NaN where it is not one."""
    strict = replace(form, loose=False)
    numbers, kinds = pd.Series(np.nan, texts.index, dtype=float), pd.Series(None, texts.index, dtype=object)
    known = texts.dropna().astype("str")
    for kind, pattern in LOOSE.items():
        parts = known.str.extract(pattern).dropna()
        if kind == WITH_UNIT:
            parts = parts.iloc[:0] if form.unitless else parts[[0]]
        if len(parts):
            low, high = (read_numbers(parts[n].str.strip(), strict).astype(float) for n in (0, len(parts.columns) - 1))
            middle = ((low + high) / 2)[(low < high) | (len(parts.columns) == 1)]
            read = middle.dropna()
            read = read[numbers[read.index].isna()]
            numbers[read.index], kinds[read.index] = read, kind
    return numbers, kinds


def units_in(texts: Texts, form: Form) -> set[str]:
    """The units of those values that have one."""
    kinds = read_loosely(texts, form)[1]
    found = texts[kinds == WITH_UNIT].astype("str").str.extract(LOOSE[WITH_UNIT])[1]
    return set(found.str.strip(" .").str.casefold())


def _with_plain_marks(text: str) -> str:
    return text.translate(ALIKE_MARKS)
