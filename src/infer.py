"""Each column of a table → its role, type and limits, or why it is left out."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from src.errors import ProjectError
from src.facts import CLOSED, Facts, Staged
from src.headers import find_column
from src.keys import REFERENCE, find_keys, looks_like_id, snake
from src.limits import allowed, annotation, bounds
from src.plan import Column, Plan, Wishes
from src.suspects import LEAK, STRONG, personal_data, same_as_target, tells_target
from src.task import find_positive, find_task

CATEGORY = re.compile(r"(^|_)(id|code|type|class|category|cat|zip|zip_?code|post_?code|plz|kind|cluster)$")
SLICE = re.compile(r"^(sex|gender|race|ethnicity|region|age_group)$")
MOST_TOLD = 10  # texts that are read as missing
MOST_SLICED = 10  # values of a slice that is chosen unasked
WORDS = 4  # a value, on average: free text
REPEATED = 5  # rows a value, on average: else an open set is nearly an identifier


def infer(table: Staged, wishes: Wishes) -> Plan:
    """Find out everything. Raises ProjectError if an option does not fit the table, or if no feature is left."""
    target = table.facts(wishes.target)
    task, why = find_task(target, wishes.task)
    form = replace(target.form, kind="integer") if _is_whole(target) and task != "regression" else target.form
    lost = table.keep_rows_of(wishes.target, form, by_class=task != "regression")
    target = table.facts(wishes.target, form)
    facts = {name: table.facts(name) for name in table.names if name != wishes.target}
    keys = find_keys(facts, wishes)
    roles = {name: role for role, (name, _) in keys.items()}
    columns = [
        Column(
            target.name, form, annotation(target), ("target",), {} if task == "regression" else allowed(target), False
        )
    ]
    for name, found in facts.items():
        column = _key(found, roles[name], keys[roles[name]][1]) if name in roles else _column(found, wishes)
        columns.append(
            _without_leak(column, found, target, task, wishes) if column.roles and name not in roles else column
        )
    if not any({"numeric", "categorical"} & set(column.roles) for column in columns):
        reasons = "; ".join(f"{column.name}: {column.reason}" for column in columns[1:6])
        raise ProjectError(f"TARGET={wishes.target}: no feature is left ({reasons}); KEEP=… takes columns in")
    positive, because = find_positive(target, wishes.positive) if task == "binary" else (None, "")
    sample = target.sample.astype(float) if task == "regression" else None
    spread = sample.std() if sample is not None else 0.0
    quartiles = sample.quantile([0.25, 0.5, 0.75]).tolist() if sample is not None else []
    notes = [f"{lost} rows without a target are left out"] if lost else []
    notes += _read_as_missing([facts[column.name] for column in columns if column.name in facts and column.roles])
    if task == "binary":
        notes.append(f"positive is {positive!r} ({because}); another: POSITIVE=…")
    return Plan(
        task=task,
        why=why,
        positive=positive,
        rare=1.0 if task == "regression" else float(target.counts.min() / target.rows),
        outliers=bool(quartiles) and (sample - quartiles[1]).abs().max() > 20 * (quartiles[2] - quartiles[0]) > 0,
        spread=float(spread),
        columns=tuple(_sliced(columns, wishes)),
        notes=tuple(notes),
    )


def resolve(wishes: Wishes, names: tuple[str, ...]) -> Wishes:
    """The wishes with the table's own names. Raises ProjectError if one is no column."""
    found: dict[str, Any] = {}
    for option in ("target", "id", "time", "group"):
        wish = getattr(wishes, option)
        found[option] = find_column(option.upper(), wish, names) if wish else ""
    for option in ("slices", "drop", "keep"):
        found[option] = tuple(find_column(option.upper(), wish, names) for wish in getattr(wishes, option))
    return replace(wishes, **found)


def _is_whole(target: Facts) -> bool:
    return target.form.kind == "number" and all(float(value).is_integer() for value in target.counts.index)


def _key(facts: Facts, role: str, why: str) -> Column:
    return Column(facts.name, facts.form, annotation(facts), (role,), {}, False, why)


def _left_out(facts: Facts, reason: str, stored: bool = True) -> Column:
    return Column(facts.name, facts.form, annotation(facts), (), {}, facts.missing > 0, reason, stored)


def _column(facts: Facts, wishes: Wishes) -> Column:
    """A feature, or left out for what can be seen in the column alone."""
    if facts.name in wishes.drop:
        return _left_out(facts, "DROP says so; not in data/", stored=False)
    if facts.form.kind == "nested":
        return _left_out(facts, "lists, objects or bytes; not in data/", stored=False)
    personal = personal_data(facts) if facts.name not in wishes.keep else ""
    if personal:
        return _left_out(facts, f"personal data ({personal}); not in data/ unless KEEP names it", stored=False)
    reason = _tells_nothing(facts) or (_no_feature(facts) if facts.name not in wishes.keep else "")
    return _left_out(facts, reason) if reason else _feature(facts)


def _tells_nothing(facts: Facts) -> str:
    """Why no model could learn from a column, whatever anybody wishes."""
    if facts.missing == facts.rows:
        return "empty in every row"
    if facts.distinct == 1 and not facts.missing:
        return f"the same in every row: {facts.counts.index[0]!r}"
    return "a date; a number made of it (days since …) could be a feature" if facts.form.kind == "moment" else ""


def _no_feature(facts: Facts) -> str:
    """Why a column is an identifier or free text; empty if it is neither."""
    known = facts.rows - facts.missing
    if looks_like_id(facts):
        return "an identifier: another value in every row"
    if REFERENCE.search(snake(facts.name)) and facts.distinct > CLOSED and known < REPEATED * facts.distinct:
        return f"an identifier: {facts.distinct} different values"
    if facts.form.kind != "text" or (facts.distinct <= CLOSED and known > 2 * facts.distinct):
        return ""
    if sum(len(text.split()) for text in facts.texts) >= WORDS * len(facts.texts):
        return "free text"
    if known < 2 * facts.distinct:
        return f"an identifier or free text: {facts.distinct} different values in {known} rows"
    return ""


def _feature(facts: Facts) -> Column:
    reason, role, limits = "", "categorical", {}
    if _is_quantity(facts):
        role, limits = "numeric", bounds(facts)
    elif _is_closed(facts):
        limits = allowed(facts)
    elif facts.form.kind != "boolean":
        reason = f"{facts.distinct} different values: the model sees the target's mean for each"
    return Column(facts.name, facts.form, annotation(facts), (role,), limits, facts.missing > 0, reason)


def _is_quantity(facts: Facts) -> bool:
    """A number, but for flags (two values) and the repeated whole numbers of what is named a category."""
    if facts.form.kind not in {"integer", "number"} or facts.distinct <= 2:
        return False
    category = facts.form.kind == "integer" and CATEGORY.search(snake(facts.name))
    return not (category and facts.rows - facts.missing >= REPEATED * facts.distinct)


def _is_closed(facts: Facts) -> bool:
    enough = facts.rows - facts.missing >= REPEATED * facts.distinct or facts.distinct <= 2
    return facts.form.kind != "boolean" and facts.distinct <= CLOSED and enough


def _without_leak(column: Column, facts: Facts, target: Facts, task: str, wishes: Wishes) -> Column:
    if facts.name in wishes.keep:
        return column
    if same_as_target(facts, target):
        return replace(column, roles=(), reason="a leak: it says the same as the target")
    score = tells_target(facts, target, task)  # type: ignore[arg-type]
    measure = "R²" if task == "regression" else "ROC AUC"
    if score is not None and score >= LEAK:
        return replace(column, roles=(), reason=f"a leak, it seems: alone it tells the target ({measure} {score:.3f})")
    if score is not None and score >= STRONG:
        return replace(column, reason=f"strong alone ({measure} {score:.3f}): is it known when a prediction is made?")
    return column


def _sliced(columns: list[Column], wishes: Wishes) -> list[Column]:
    """The columns with the role slice where it was asked for, or where everybody would ask."""
    found = []
    for column in columns:
        sliceable = "categorical" in column.roles and ("isin" in column.limits or column.type == "bool")
        if column.name in wishes.slices and not sliceable:
            raise ProjectError(
                f"SLICES={column.name}: must be a feature with at most {CLOSED} values; {column.reason or column.type}"
            )
        unasked = (
            not wishes.slices and SLICE.search(snake(column.name)) and len(column.limits.get("isin", "")) <= MOST_SLICED
        )
        sliced = sliceable and (column.name in wishes.slices or unasked)
        found.append(replace(column, roles=(*column.roles, "slice")) if sliced else column)
    return found


def _read_as_missing(facts: Sequence[Facts]) -> list[str]:
    """What texts stand for a gap, and where."""
    where: dict[str, list[str]] = {}
    for found in facts:
        for text in found.told:
            where.setdefault(text, []).append(found.name)
    shown = [f"{text!r} is read as missing in {', '.join(names[:10])}" for text, names in where.items()]
    return shown[:MOST_TOLD]
