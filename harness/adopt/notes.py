"""What people have to know of how a table was read: a line each."""

from collections.abc import Iterator, Sequence

from harness.adopt.column_facts import Facts
from harness.core.contract import Label, as_text

MOST_TOLD = 10  # texts that are read as missing
GROUPING = {",": "a comma", " ": "a space", "'": "an apostrophe"}


def all_notes(read: Sequence[Facts], target: Facts, lost: int, positive: Label | None, because: str) -> Iterator[str]:
    """Everything, the target first."""
    gaps = (*target.told, *(f"{value:.15g}" for value, _ in target.void))
    yield from lost_rows(lost, gaps)
    yield from notations(read)
    yield from read_as_missing([found for found in read if found is not target])
    yield from nearly_numbers(read)
    if because:
        yield f"positive is {positive!r} ({because}); another: POSITIVE=…"
    if not target.counts.empty and target.form.kind in {"text", "integer", "boolean"}:
        yield from alike_labels(target)


def nearly_numbers(facts: Sequence[Facts]) -> Iterator[str]:
    """Ranges, bounds and units among numbers: how many were read, and how."""
    for found in facts:
        for how, rows, text in found.loose:
            yield f"{found.name}: in {rows:,} rows {how}: {text!r}"


def lost_rows(lost: int, gaps: Sequence[str]) -> list[str]:
    """How many rows had no target, and what stood there."""
    stood = f" (they hold {', '.join(map(repr, gaps))})" if gaps else ""
    return [f"rows without a target, left out: {lost:,}{stood}"] if lost else []


def alike_labels(target: Facts) -> Iterator[str]:
    """Labels that only differ in case or in a full stop, as where two files were joined."""
    seen: dict[str, str] = {}
    for label in map(as_text, target.counts.index):
        other = seen.setdefault(label.casefold().rstrip(" .,;:!") or label, label)
        if other != label:
            yield f"{other!r} and {label!r} count as two classes; if they are one, write them alike"


def notations(facts: Sequence[Facts]) -> list[str]:
    """How numbers and dates were read that could be read otherwise."""
    where: dict[str, list[str]] = {}
    for found in facts:
        form = found.form
        if form.decimal == ",":
            where.setdefault("a comma before decimals", []).append(found.name)
        if form.thousands in GROUPING:
            where.setdefault(f"{GROUPING[form.thousands]} between thousands", []).append(found.name)
        if form.signs.strip("("):
            where.setdefault(f"{form.signs.strip('(')!r} is left off", []).append(found.name)
        if "(" in form.signs:
            where.setdefault("brackets stand for a minus", []).append(found.name)
        if form.moment.startswith(("%d/", "%m/", "%d-%m", "%m-")):
            day = form.moment.split()[0].lower().replace("%d", "dd").replace("%m", "mm").replace("%y", "yyyy")
            where.setdefault(f"dates as {day}", []).append(found.name)
        if form.zone not in {"", "UTC"}:
            where.setdefault(f"moments of {form.zone} are read as UTC", []).append(found.name)
    return [f"{what} in {', '.join(names[:MOST_TOLD])}" for what, names in where.items()]


def read_as_missing(facts: Sequence[Facts]) -> list[str]:
    """What texts stand for a gap, and where."""
    where: dict[str, list[str]] = {}
    for found in facts:
        for text in found.told:
            where.setdefault(text, []).append(found.name)
    numbers: dict[float, list[str]] = {}
    for found in facts:
        for value, rows in found.void:
            numbers.setdefault(value, []).append(f"{found.name} ({rows:,} rows)")
    numbers_shown = [
        f"{value:.15g} is read as missing in {', '.join(names[:MOST_TOLD])}; if it is a value: MISSING=none"
        for value, names in numbers.items()
    ]
    shown = [f"{text!r} is read as missing in {', '.join(names[:10])}" for text, names in where.items()]
    return numbers_shown + shown[:MOST_TOLD]
