"""One column → a feature with its type and limits, or left out with the reason."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from harness.adopt.bounds import allowed, annotation, bounds, full_set
from harness.adopt.checks import mostly_numbers
from harness.adopt.column_facts import CLOSED, Facts
from harness.adopt.key_columns import REFERENCE, looks_like_id
from harness.adopt.leaks import (
    LEAK,
    MEASURE,
    STRONG,
    filled_for_one_class,
    same_as_target,
    spans_target,
    tells_target,
    unusual_for_one_class,
)
from harness.adopt.moment_words import AFTER
from harness.adopt.open_sets import is_free, what_is_seen, why_open, words_each
from harness.adopt.personal_words import plain_name
from harness.adopt.plan import Column, ValueLimits, Wishes
from harness.core.contract import FEW_ROWS, Task
from harness.tables.date_parts import LIMITS as DATE_LIMITS
from harness.tables.detect_numbers import NUMBERS_SHARE
from harness.tables.header import snake

DATE = "a date: the model sees the day, and its place in the year and in the week"
DATE_WITH_TIME = "a date: the model sees the day, its place in the year and in the week, and the time of day"
CATEGORY = re.compile(r"(^|_)(id|code|type|class|category|cat|zip|zip_?code|post_?code|plz|kind|cluster)$")
FEW_TO_JUDGE = 300  # rows, below which a number that tells the target well is looked at by people
ROWS_A_VALUE = 5  # rows a value, on average: else an open set is nearly an identifier


def build_column(facts: Facts, wishes: Wishes, personal: Mapping[str, str]) -> Column:
    """A feature, or left out for what can be seen in the column alone."""
    if facts.name in wishes.drop:
        return _left_out(facts, "DROP= names it; not in data/", stored=False)
    if facts.form.kind == "nested":
        return _left_out(facts, "lists, objects or bytes; not in data/", stored=False)
    if facts.name in personal:
        what = personal[facts.name]
        return _left_out(facts, f"personal data ({what}); not in data/ unless KEEP names it", stored=False)
    reason = _tells_nothing(facts) or (_no_feature(facts) if facts.name not in wishes.keep else "")
    if not reason:
        return _feature(facts, facts.name in {*wishes.keep, *wishes.slices})
    return replace(_left_out(facts, reason), offered="text" if is_free(facts) else "")


def without_leak(
    column: Column,
    facts: Facts,
    moments: Sequence[Facts],
    target: Facts,
    task: Task,
    wishes: Wishes,
    also: str,
) -> Column:
    """The column, left out if it gives the answer away; a strong one is worth a second look."""
    if facts.name in wishes.keep:
        return column
    if same_as_target(facts, target):
        how = f"it says the same as the target in all of {len(target.sample):,} rows looked at"
        return replace(column, roles=(), reason=f"a leak: {how}")
    told = filled_for_one_class(facts, target) if facts.missing and task != "regression" else ""
    if facts.form.kind == "moment" and not told:
        told = spans_target(facts, moments, target, task)
    if told:
        return replace(column, roles=(), reason=f"a leak, it seems: {told}")
    score, measure = tells_target(facts, target, task), MEASURE[task]
    if score is not None and score >= LEAK and not _may_be_measured(facts):
        return replace(
            column, roles=(), reason=f"a leak, it seems: by itself it predicts the target ({measure} {score:.3f})"
        )
    if score is not None and score >= STRONG:
        told = f"by itself it predicts the target well ({measure} {score:.3f})"
    elif task != "regression":
        told = unusual_for_one_class(facts, target)
    late = ""
    if facts.form.kind == "moment" and AFTER.search(plain_name(facts.name)):
        alone = f" (alone {measure} {score:.3f})" if score is not None else ""
        late = f"by its name it may be written after the outcome{alone}"
    doubts = "; ".join(filter(None, [told, late, also]))
    reasons = [column.reason, f"{doubts}: is it known when a prediction is made?" if doubts else ""]
    return replace(column, reason="; ".join(filter(None, reasons)))


def _may_be_measured(facts: Facts) -> bool:
    """Whether a column is numbers of few rows: a good measurement parts two kinds of flowers as well as a leak does."""
    return facts.form.kind in {"integer", "number"} and facts.rows < FEW_TO_JUDGE


def _left_out(facts: Facts, reason: str, stored: bool = True) -> Column:
    return Column(facts.name, facts.form, annotation(facts), (), {}, facts.missing > 0, reason, stored)


def _tells_nothing(facts: Facts) -> str:
    """Why no model could learn from a column, whatever anybody wishes."""
    if facts.missing == facts.rows:
        return "empty in every row"
    if facts.distinct == 1 and not facts.missing:
        value = facts.counts.index[0]
        return f"the same in every row: {value if facts.form.kind == 'moment' else repr(value)}"
    if facts.form.kind == "moment" and not (facts.timed or facts.missing) and facts.low.date() == facts.high.date():
        return f"the same day in every row: {facts.low.date()}"
    return ""


def _no_feature(facts: Facts) -> str:
    """Why a column is an identifier or free text; empty if it is neither."""
    known = facts.rows - facts.missing
    if looks_like_id(facts):
        return "an identifier: another value in every row"
    if REFERENCE.search(snake(facts.name)) and facts.distinct > CLOSED and known < ROWS_A_VALUE * facts.distinct:
        return f"an identifier: {facts.distinct} different values"
    if facts.form.kind != "text" or known >= 2 * facts.distinct:  # what repeats is a name, of however many words
        return ""
    told = mostly_numbers(facts) if facts.numeric >= NUMBERS_SHARE else ""
    if is_free(facts) and not told:
        words = f"{facts.distinct} different ones of {words_each(facts):.0f} words"
        return f"free text: {words}; KEEP={facts.name} lets the model learn from its words"
    if known < FEW_ROWS and not told:
        return f"empty in all but {known} of {facts.rows:,} rows"
    return (
        f"{told}; correct them"
        if told
        else f"an identifier or free text: {facts.distinct} different values in {known} rows"
    )


def _feature(facts: Facts, asked: bool) -> Column:
    reason, role, limits = "", "categorical", ValueLimits()
    rare: tuple[str, ...] = ()
    if facts.form.kind == "moment":
        reason, role = DATE_WITH_TIME if facts.timed else DATE, "numeric"
    elif facts.form.kind == "clock":
        role = "clock"
    elif _is_quantity(facts):
        role, limits = "numeric", bounds(facts)
    elif is_free(facts):
        reason, role = "a text: the model weighs its words", "text"
    elif facts.form.kind != "boolean":
        reason = why_open(facts, asked)
        limits = limits if reason else allowed(facts)
        rare = ("rare",) if reason and asked and facts.rare else ()
        reason = f"{reason}: {what_is_seen(facts, asked)}" if reason else ""
    return Column(facts.name, facts.form, annotation(facts), (role, *rare), limits, facts.missing > 0, reason)


def as_date_part(column: Column, facts: Facts, unit: str) -> Column:
    """A year, month, day or hour of a moment in parts: a number of the calendar; a month's name is one of twelve."""
    if facts.form.kind in {"integer", "number"}:
        low, high = DATE_LIMITS.get(unit, (None, None))
        limits = ValueLimits(ge=low, le=high) if low is not None and high is not None else bounds(facts)
        return replace(column, roles=("numeric",), limits=limits, reason="")
    whole = full_set(facts)
    return replace(column, limits=ValueLimits(isin=sorted(whole)), reason="") if whole else column


def _is_quantity(facts: Facts) -> bool:
    """A number; not a flag (two values), nor the repeated whole numbers of what is named a category."""
    if facts.form.kind not in {"integer", "number"} or facts.distinct <= 2:
        return False
    category = facts.form.kind == "integer" and CATEGORY.search(snake(facts.name))
    return not (category and facts.rows - facts.missing >= ROWS_A_VALUE * facts.distinct)
