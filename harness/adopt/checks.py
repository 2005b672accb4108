"""What is no reason to leave a column out, but worth a second look."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from shlex import quote

from harness.adopt.column_facts import Facts
from harness.adopt.plan import Column, Wishes
from harness.adopt.sentinels import doubtful_minus_one, doubtful_zero
from harness.adopt.sums import sums_of_columns

HALF_NUMBERS = 0.5  # of a column's rows
LONELY = 1.5  # rows a group, below which most rows are a group of their own


def with_checks(columns: Sequence[Column], facts: Mapping[str, Facts], wishes: Wishes) -> list[Column]:
    """The columns, their reasons with what else is odd about them."""
    made, sums = [], sums_of_columns({column.name: facts[column.name] for column in columns if column.name in facts})
    for column in columns:
        found, total = facts.get(column.name), sums.get(column.name, "")
        odd = "; ".join(filter(None, [total, *_oddities(column, found, wishes)])) if found and column.roles else ""
        reason = "; ".join(filter(None, [column.reason, odd]))
        made.append(replace(column, reason=reason) if odd else column)
    return made


def _oddities(column: Column, facts: Facts, wishes: Wishes) -> Iterator[str]:
    if "numeric" in column.roles and facts.form.kind in {"integer", "number"} and not wishes.missing:
        values = facts.sample.dropna().to_numpy(dtype=float)
        for rows, value, why in (
            (doubtful_minus_one(values), -1, "the only negative value"),
            (doubtful_zero(values), 0, "far below all others"),
        ):
            if rows:
                option = f"MISSING={quote(f'{facts.name}:{value}')}"
                yield f"{value} in {rows:,} rows looked at, {why}; if it means missing: {option}"
    if "numeric" in column.roles and facts.rises and facts.unique:
        yield "rises from row to row: a counter of rows?"
    if "group" in column.roles and facts.rows < LONELY * facts.distinct:
        yield "nearly every row has a value of its own, so the groups keep few rows together"
    if "categorical" in column.roles and facts.form.kind == "text":
        if told := mostly_numbers(facts):
            yield told
        alike = _spelled_alike(facts)
        if alike:
            yield f"{alike[0]!r} and {alike[1]!r} count as two values; if they are one, write them alike"


def mostly_numbers(facts: Facts) -> str:
    """That a column of texts would be one of numbers without some of them; empty if it would not."""
    if not HALF_NUMBERS <= facts.numeric < 1:
        return ""
    share = min(facts.numeric, 0.99)  # not all of them
    return f"{share:.0%} of its rows are numbers, the others are texts such as {facts.no_number!r}"


def _spelled_alike(facts: Facts) -> tuple[str, str] | None:
    """Two values that differ in case, blanks or a full stop alone."""
    seen: dict[str, str] = {}
    for text in facts.texts:
        folded = " ".join(text.casefold().split()).rstrip(" .,;:!")
        other = seen.setdefault(folded, text)
        if other != text:
            return min(other, text), max(other, text)
    return None
