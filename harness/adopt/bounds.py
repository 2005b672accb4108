"""A column's Python type, and what its values may be: closed sets, or bounds with slack for rows to come."""

import calendar
import math

from harness.adopt.column_facts import Facts
from harness.adopt.plan import ValueLimits
from harness.core.contract import Label

PYTHON_TYPES = {
    "integer": ("int", "pd.Int64Dtype"),
    "number": ("float", "float"),
    "boolean": ("bool", "pd.BooleanDtype"),
    "moment": ("pd.Timestamp", "pd.Timestamp"),
    "text": ("str", "str"),
    "clock": ("str", "str"),
    "nested": ("str", "str"),
}
SLACK = 0.5  # of the range, on either side


def annotation(facts: Facts) -> str:
    """The type as src/schema.py declares it."""
    return PYTHON_TYPES[facts.form.kind][facts.missing > 0]


def allowed(facts: Facts) -> ValueLimits:
    """The closed set of the values that are there."""
    values: list[Label] = list(facts.counts.index)
    return {"isin": sorted(full_set(facts) or values)}


def full_set(facts: Facts) -> tuple[str, ...]:
    """All months or weekdays in the column's own spelling, if it holds nothing else; else nothing."""
    for names in (calendar.month_name[1:], calendar.month_abbr[1:], calendar.day_name, calendar.day_abbr):
        for spell in (str, str.lower, str.upper):
            whole = tuple(map(spell, names))
            if facts.texts and set(facts.texts) <= set(whole):
                return whole
    return ()


def bounds(facts: Facts) -> ValueLimits:
    """Lowest and highest value with slack; none where nothing is negative (or positive): there 0 is the bound.

    Where 0 stands for missing, half of the lowest value: a request that means missing by 0 must not be scored as 0.
    """
    low, high = facts.low, facts.high
    slack = SLACK * (high - low)
    if facts.form.kind == "number" and low >= 0 and 0.5 < high <= 1:
        return {"ge": 0, "le": 1}
    least = 0 if low >= 0 else -_rounded_up(slack - low)
    most = 0 if high <= 0 else _rounded_up(high + slack)
    if 0 in facts.form.void and low > 0:
        least = max(float(f"{low / 2:.2g}"), 1 if facts.form.kind == "integer" else 0)
    if facts.form.kind == "integer":
        least, most = math.floor(least), math.ceil(most)
    return {"ge": least, "le": most}


def _rounded_up(value: float) -> float:
    """The next number of two digits above."""
    if value <= 0:
        return 0
    power = 10.0 ** (math.floor(math.log10(value)) - 1)
    found = float(f"{math.ceil(value / power) * power:.2g}")
    return int(found) if found.is_integer() else found
