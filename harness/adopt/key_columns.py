"""The columns that name rows: id, group (the entity of several rows) and time, asked for or found."""

import math
import re
from collections.abc import Collection, Mapping

from harness.adopt.column_facts import Facts
from harness.adopt.plan import NONE, Wishes
from harness.core.errors import ProjectError
from harness.tables.column_format import HOLDS
from harness.tables.header import snake

ID = re.compile(r"(^|_)(id|uuid|guid|key|index|idx|rowid|row|no|nr|nbr|number|ref)($|_)|^unnamed")
ENTITY = re.compile(
    r"(^|_)(customer|user|patient|subject|client|member|account|person|household|device|machine|vehicle|participant"
    r"|speaker)(_?(id|no|nr|nbr|num|number|key|uuid))?$"
)
REFERENCE = re.compile(r"(^|_)(id|uuid|guid)$")
EVENT = re.compile(r"date|time|stamp|created|when|day|month|week|year|period")
NO_EVENT = re.compile(r"birth|geburt|dob|expir|ablauf|valid|due|fallig|hire|founded|until|since|end|last")
AFTER = re.compile(
    r"(^|_)(status|state|clos(ed?|ing|ure)|resol(ved|ution)|updat(ed|e)|modif(ied|ication)|changed?|last"
    r"|cancel(l?ed|lation)?|ended|end|finish(ed)?|complet(ed|ion)|deliver(ed|y)|settle(d|ment)|paid|refund(ed)?"
    r"|returned|discharged?|reviewed|decided|decision|outcome|result|exit|left|churned|terminat(ed|ion)|death|died)"
    r"($|_)"
)
THING_NAME = re.compile(r"(^|_)name$")
ENTITIES = 10  # different entities from which on they are kept on one side of the split
CLOSED_REFERENCES = 50  # as many different references are a category
PLACE = 50  # rows a reference: a place or a product, which later rows name again, and so a feature
MOMENTS = 5  # different ones that can be split by


def find_keys(facts: Mapping[str, Facts], wishes: Wishes, barred: Collection[str] = ()) -> dict[str, tuple[str, str]]:
    """Role (id, group, time) → column and why; `barred` columns only play what they are asked for.

    Raises ProjectError if a column that was asked for cannot play its role.
    """
    keys: dict[str, tuple[str, str]] = {}
    free = {name: found for name, found in facts.items() if name not in {*wishes.drop, *wishes.keep, *barred}}
    for role, wish, find in (("id", wishes.id, _id), ("time", wishes.time, find_time), ("group", wishes.group, _group)):
        if wish == NONE and wish not in facts:
            continue
        if wish:
            _check(role, facts[wish])
            keys[role] = (wish, f"{role.upper()} says so")
            continue
        taken = {name for name, _ in keys.values()}
        likely = {name: f for name, f in free.items() if name not in {*taken, wishes.group, wishes.time}}
        if role == "group" and "time" in keys:  # it parts the rows, so a store need not be kept together
            likely = {name: f for name, f in likely.items() if ENTITY.search(snake(name))}
        found = find(likely)
        if found:
            keys[role] = found
    return keys


def looks_like_id(facts: Facts) -> bool:
    """Whether a column names each row by another whole number or word."""
    if not facts.unique or facts.form.kind not in {"integer", "text"}:
        return False
    words = any(" " in text for text in facts.texts)
    return facts.is_sequence or bool(ID.search(snake(facts.name))) or (facts.form.kind == "text" and not words)


def _id(facts: Mapping[str, Facts]) -> tuple[str, str] | None:
    found = [name for name, f in facts.items() if looks_like_id(f)]
    if not found:
        return None
    best = max(found, key=lambda name: (bool(ID.search(snake(name))), not facts[name].is_sequence))
    return best, "another value in every row"


def _group(facts: Mapping[str, Facts]) -> tuple[str, str] | None:
    for pattern, least, most in ((ENTITY, ENTITIES, math.inf), (REFERENCE, CLOSED_REFERENCES + 1, PLACE)):
        for name, f in facts.items():
            countable = f.form.kind in {"integer", "text"} and not f.missing and least <= f.distinct < f.rows
            if countable and pattern.search(snake(name)) and f.rows < most * f.distinct:
                return name, f"{f.distinct} entities with {f.rows / f.distinct:.1f} rows each"
    for name, f in facts.items():  # Amy, Amy, Blanche, …: storms, each with its rows one below the other
        named = f.form.kind == "text" and f.in_runs and f.distinct >= ENTITIES and not f.missing
        if named and THING_NAME.search(snake(name)) and f.rows >= 2 * f.distinct:
            return name, f"{f.distinct} names with {f.rows / f.distinct:.1f} rows each, one below the other"
    return None


def find_time(facts: Mapping[str, Facts]) -> tuple[str, str] | None:
    """The moment that parts early rows from late ones, if one is there in every row."""
    moments = [n for n, f in facts.items() if f.form.kind == "moment" and not f.missing and f.distinct >= MOMENTS]
    events = [name for name in moments if not (NO_EVENT.search(snake(name)) or AFTER.search(snake(name)))]
    if not events:
        return None
    best = max(events, key=lambda name: bool(EVENT.search(snake(name))))
    return best, "the latest rows are the test"


def _check(role: str, facts: Facts) -> None:
    option = f"{role.upper()}={facts.name}"
    if facts.missing:
        raise ProjectError(
            f"{option}: {facts.missing} rows have no {facts.name}; fill them in, or leave {role.upper()}= out"
        )
    if (facts.form.kind == "moment") != (role == "time"):
        raise ProjectError(f"{option}: holds {HOLDS[facts.form.kind]}, so it cannot be the {role}")
    if role == "id" and not facts.unique:
        raise ProjectError(
            f"{option}: has {facts.distinct} different values in {facts.rows} rows, and an id names one row; "
            f"if rows with the same {facts.name} belong together: GROUP={facts.name}"
        )
