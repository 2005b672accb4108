"""Which names are a closed set, of which the service refuses others, and which an open one; by which to slice."""

import math
import re
from collections.abc import Sequence
from dataclasses import replace

from harness.adopt.bounds import full_set
from harness.adopt.column_facts import CLOSED, Facts
from harness.adopt.plan import Column, Wishes
from harness.core.contract import FEW_ROWS
from harness.core.errors import ProjectError
from harness.tables.header import snake
from harness.tables.month_names import month_number

SENTENCE = 4  # a value, on average: free text
UNPARTED = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")  # letters of scripts that have no blanks between words
LETTERS_A_WORD = 3
MOST_SLICED = 10  # values of a slice that is chosen unasked
SLICE = re.compile(r"^(sex|gender|race|ethnicity|region|age_group)$")
PERIOD = re.compile(
    r"(?:FY|season|saison)? ?(?:19|20)\d\d(?:[ /_.-]*(?:(?:[QHTSWM]|KW) ?)?\d{1,4})?"
    r"|(?:[QHTSW]|KW) ?\d{1,2}(?:[ /_.-]*(?:19|20)|[ /'_.-]+)\d\d"
    r"|\d\d ?[-/.]?[QHT]\d|(?:KW|CW|FY)[- ]?\d\d?",
    re.IGNORECASE,
)
MONTH = re.compile(r"([^\W\d_]{3,})\.?[ /'-]*(?:\d\d){1,2}")
NEW_VALUE = 0.01  # chance that the next row has a value that was not there


def why_open(facts: Facts, asked: bool) -> str:
    """Why other values may come than those that are there; empty if the set is closed.

    The chance that the next row's value is new is about that of the values seen once (Good and Turing), here with the
    margin of Chao's estimate. Values of few rows may be of one person each: a closed set is published with the model.
    """
    known, many = facts.rows - facts.missing, f"{facts.distinct} different values"
    if full_set(facts) or facts.distinct <= 2:
        return ""
    if facts.counts.empty or are_periods(facts):
        return f"{many}, periods of time, of which the next is new" if are_periods(facts) else many
    if facts.form.kind == "text" and words_each(facts) >= SENTENCE:
        return f"{many}, sentences"
    new = (facts.singles + math.sqrt(facts.singles + 2 * facts.doubles)) / known
    if new > NEW_VALUE:
        return f"{many}, and in {new:.1%} of later rows perhaps a new one"
    if facts.form.kind == "text" and facts.counts.min() < FEW_ROWS and not asked:
        return many  # what_is_seen tells the rest
    return ""


def are_periods(facts: Facts) -> bool:
    """Whether all values name a month, quarter, week or season of some year: 2022Q1, 2021-W52, Aug 22, 2021/22."""
    return bool(facts.texts) and all(PERIOD.fullmatch(text) or _is_month(text) for text in facts.texts)


def _is_month(text: str) -> bool:
    found = MONTH.fullmatch(text)
    return bool(found and month_number(found[1]))


def what_is_seen(facts: Facts, asked: bool) -> str:
    """What the model sees of an open set: values of few rows count as one, in the model file too, unless asked for."""
    known, mean = facts.rows - facts.missing, "the model sees the target's mean for each"
    if asked or not facts.rare:
        return f"{mean}, and its file names them" if facts.rare else mean
    few = f"fewer than {FEW_ROWS} rows"
    seen = f"{mean}, but one mean for all that have {few} ({facts.rare / known:.0%} of the rows)"
    if facts.rare == known:
        seen = f"each has {few}, so the model learns nothing from it"
    return f"{seen}; KEEP={facts.name} gives each its own, and the model file then names it"


def is_free(facts: Facts) -> bool:
    """Whether a column holds sentences that hardly repeat."""
    known = facts.rows - facts.missing
    return facts.form.kind == "text" and known < 2 * facts.distinct and words_each(facts) >= SENTENCE


def words_each(facts: Facts) -> float:
    """Words of a value, on average."""
    return sum(map(_words, facts.texts)) / max(1, len(facts.texts))


def _words(text: str) -> int:
    return len(text.split()) + len(UNPARTED.findall(text)) // LETTERS_A_WORD


def with_slices(columns: Sequence[Column], wishes: Wishes) -> list[Column]:
    """The columns with the role slice where it was asked for, or where everybody would ask."""
    found = []
    for column in columns:
        sliceable = "categorical" in column.roles and ("isin" in column.limits or column.type == "bool")
        if column.name in wishes.slices and not sliceable:
            why = column.reason.partition("; KEEP=")[0] or "it is a number"
            raise ProjectError(f"SLICES={column.name}: must be a feature with at most {CLOSED} values; {why}")
        few = len(column.limits.get("isin") or ()) <= MOST_SLICED
        unasked = not wishes.slices and SLICE.search(snake(column.name)) and few
        sliced = sliceable and (column.name in wishes.slices or unasked)
        found.append(replace(column, roles=(*column.roles, "slice")) if sliced else column)
    return found
