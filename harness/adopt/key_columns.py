"""The columns that name rows: id, group (the entity of several rows) and time, asked for or found."""

import math
import re
from collections.abc import Collection, Mapping

from harness.adopt.column_facts import Facts
from harness.adopt.moment_words import AFTER, EVENT, NO_EVENT
from harness.adopt.open_sets import UNPARTED
from harness.adopt.personal_words import BORN, POSTCODE, plain_name
from harness.adopt.plan import NONE, Wishes
from harness.core.errors import ProjectError
from harness.tables.column_format import HOLDS

ID = re.compile(
    r"(^|_)(id|uuid|guid|key|index|idx|rowid|row|no|nr|nbr|number|ref|lfd_?nr|nummer|numero|codigo|chave)($|_)|^unnamed"
    r"|番号$|编号$|序号$"
)
ENTITY = re.compile(
    r"(^|_)(customer|user|patient|subject|client|member|account|person|household|device|machine|vehicle|participant"
    r"|speaker|cliente|paciente|usuario|kunden?|patienten?|mitarbeiter|nutzer|mitglieds?|salarie|utilisateur)"
    r"(_?(id|no|nr|nbr|num|number|key|uuid|nummer|numero))?$"
    r"|(顧客|会員|患者|利用者|客户|用户)_?(id|番号|コード|编号)?$"
)
REFERENCE = re.compile(r"(^|_)(id|uuid|guid)$")
CODE_LETTERS = 6  # of Chinese or Japanese, at most
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
            keys[role] = (wish, f"{role.upper()}= names it")
            continue
        taken = {name for name, _ in keys.values()}
        likely = {name: f for name, f in free.items() if name not in {*taken, wishes.group, wishes.time}}
        if role == "group" and "time" in keys:  # it parts the rows, so a store need not be kept together
            likely = {name: f for name, f in likely.items() if ENTITY.search(plain_name(name))}
        found = find(likely)
        if found:
            keys[role] = found
    return keys


def looks_like_id(facts: Facts) -> bool:
    """Whether a column names each row by another whole number or word."""
    if not facts.unique or facts.form.kind not in {"integer", "text"} or POSTCODE.search(plain_name(facts.name)):
        return False
    words = any(" " in text for text in facts.texts) or sum(map(_is_no_code, facts.texts)) > len(facts.texts) / 2
    return facts.is_sequence or bool(ID.search(plain_name(facts.name))) or (facts.form.kind == "text" and not words)


def _is_no_code(text: str) -> bool:
    """Whether a text without blanks holds Chinese or Japanese letters: a name without digits, or a sentence."""
    letters = len(UNPARTED.findall(text))
    return letters > CODE_LETTERS or (letters > 0 and not any(letter.isdecimal() for letter in text))


def _id(facts: Mapping[str, Facts]) -> tuple[str, str] | None:
    found = [name for name, f in facts.items() if looks_like_id(f)]
    if not found:
        return None
    best = max(found, key=lambda name: (bool(ID.search(plain_name(name))), not facts[name].is_sequence))
    return best, "another value in every row"


def _group(facts: Mapping[str, Facts]) -> tuple[str, str] | None:
    for pattern, least, most in ((ENTITY, ENTITIES, math.inf), (REFERENCE, CLOSED_REFERENCES + 1, PLACE)):
        for name, f in facts.items():
            countable = f.form.kind in {"integer", "text"} and not f.missing and least <= f.distinct < f.rows
            if countable and pattern.search(plain_name(name)) and f.rows < most * f.distinct:
                return name, f"{f.distinct} entities with {f.rows / f.distinct:.1f} rows each"
    for name, f in facts.items():  # Amy, Amy, Blanche, …: storms, each with its rows one below the other
        named = f.form.kind == "text" and f.in_runs and f.distinct >= ENTITIES and not f.missing
        if named and THING_NAME.search(plain_name(name)) and f.rows >= 2 * f.distinct:
            return name, f"{f.distinct} names with {f.rows / f.distinct:.1f} rows each, one below the other"
    return None


def find_time(facts: Mapping[str, Facts]) -> tuple[str, str] | None:
    """The moment that parts early rows from late ones, if one is there in every row."""
    moments = [n for n, f in facts.items() if f.form.kind == "moment" and not f.missing and f.distinct >= MOMENTS]
    barred = (BORN, NO_EVENT, AFTER)
    events = [name for name in moments if not any(words.search(plain_name(name)) for words in barred)]
    if not events:
        return None
    best = max(events, key=lambda name: bool(EVENT.search(plain_name(name))))
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
