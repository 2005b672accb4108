"""What is no reason to leave a column out, but worth a second look."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from harness.adopt.column_facts import Facts
from harness.adopt.plan import Column, Wishes
from harness.adopt.sentinels import doubtful_zero
from harness.core.contract import Task

ADDENDS = 40  # columns of numbers, above which sums are not looked for
ROWS_ADDED = 2000
NO_REST = 1e-6  # of the target's spread
LONELY = 1.5  # rows a group, below which most rows are a group of their own


def with_checks(columns: Sequence[Column], facts: Mapping[str, Facts], wishes: Wishes) -> list[Column]:
    """The columns, their reasons with what else is odd about them."""
    made = []
    for column in columns:
        found = facts.get(column.name)
        odd = "; ".join(_oddities(column, found, wishes)) if found and column.roles else ""
        reason = "; ".join(filter(None, [column.reason, odd]))
        made.append(replace(column, reason=reason) if odd else column)
    return made


def _oddities(column: Column, facts: Facts, wishes: Wishes) -> Iterator[str]:
    if "numeric" in column.roles and facts.form.kind in {"integer", "number"} and not wishes.missing:
        rows = doubtful_zero(facts.sample.dropna().to_numpy(dtype=float))
        if rows:
            yield f"0 in {rows:,} rows looked at, far below all others; if it is no value: MISSING={facts.name}:0"
    if "numeric" in column.roles and facts.rises and facts.unique:
        yield "rises from row to row: a counter of rows?"
    if "group" in column.roles and facts.rows < LONELY * facts.distinct:
        yield "nearly every row is a group of its own"
    if "categorical" in column.roles and facts.form.kind == "text":
        if 0.5 <= facts.numeric < 1:
            yield f"{facts.numeric:.0%} of its rows are numbers, others are not: {_no_number(facts)!r}"
        alike = _spelled_alike(facts)
        if alike:
            yield f"{alike[0]!r} and {alike[1]!r} are taken for two values"


def _no_number(facts: Facts) -> str:
    return next((text for text in facts.texts if not text.replace(".", "", 1).lstrip("-+").isdecimal()), "")


def _spelled_alike(facts: Facts) -> tuple[str, str] | None:
    """Two values that differ in case, blanks or a full stop alone."""
    seen: dict[str, str] = {}
    for text in facts.texts:
        folded = " ".join(text.casefold().split()).rstrip(" .,;:!")
        other = seen.setdefault(folded, text)
        if other != text:
            return min(other, text), max(other, text)
    return None


def adds_up_to_target(facts: Mapping[str, Facts], target: Facts, task: Task) -> dict[str, str]:
    """By column: the sum that is the target in every row (casual + registered = count), found by least squares."""
    names = [name for name, f in facts.items() if f.form.kind in {"integer", "number"} and not f.missing]
    if task != "regression" or not 1 < len(names) <= ADDENDS:
        return {}
    X = np.column_stack([facts[name].sample.to_numpy(dtype=float)[:ROWS_ADDED] for name in names])
    y = target.sample.to_numpy(dtype=float)[:ROWS_ADDED]
    if len(y) < 3 * len(names):
        return {}
    scale = X.std(axis=0) + (X.std(axis=0) == 0)
    weights = np.linalg.lstsq(np.column_stack([X / scale, np.ones(len(y))]), y, rcond=None)[0][:-1] / scale
    signs = np.round(weights)
    used = np.flatnonzero(signs)
    if len(used) < 2 or not np.isin(signs, (-1, 0, 1)).all():
        return {}
    rest = y - X @ signs
    if np.ptp(rest) > NO_REST * y.std():
        return {}
    shown = " ".join(f"{'+' if signs[position] > 0 else '-'} {names[position]}" for position in used).removeprefix("+ ")
    return {names[position]: f"{shown} = {target.name} in every row: known before it?" for position in used}
