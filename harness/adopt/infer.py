"""Each column of a table → its role, type and limits, or why it is left out."""

import re
from dataclasses import replace
from typing import Any

from harness.adopt.bounds import allowed, annotation
from harness.adopt.choose_features import build_column, without_leak
from harness.adopt.column_facts import CLOSED, Facts, describe
from harness.adopt.key_columns import find_keys, snake
from harness.adopt.notes import alike_labels, lost_rows, notations, read_as_missing
from harness.adopt.personal_data import personal_data
from harness.adopt.plan import NONE, Column, Plan, Wishes
from harness.adopt.task import find_positive, find_task
from harness.core.errors import ProjectError
from harness.tables.header import find_column
from harness.tables.staging import Staged

SLICE = re.compile(r"^(sex|gender|race|ethnicity|region|age_group)$")
MOST_COMPARED = 8  # moments of which the time between two is looked at
MOST_SLICED = 10  # values of a slice that is chosen unasked


def infer(table: Staged, wishes: Wishes) -> Plan:
    """Find out everything. Raises ProjectError if an option does not fit the table, or if no feature is left."""
    target = describe(table, wishes.target)
    (task, why), gaps = find_task(target, wishes.task), target.told
    form = replace(target.form, kind="integer") if _is_whole(target) and task != "regression" else target.form
    lost = table.keep_rows_of(wishes.target, form, by_class=task != "regression")
    target = describe(table, wishes.target, form)
    facts = {name: describe(table, name) for name in table.names if name != wishes.target}
    keys = find_keys(facts, wishes, barred={name for name, found in facts.items() if personal_data(found)})
    roles = {name: role for role, (name, _) in keys.items()}
    columns = [
        Column(
            target.name, form, annotation(target), ("target",), {} if task == "regression" else allowed(target), False
        )
    ]
    moments = [found for found in facts.values() if found.form.kind == "moment"][:MOST_COMPARED]
    for name, found in facts.items():
        role = roles.get(name, "")
        column = _key(found, role, keys[role][1]) if role in {"id", "group"} else build_column(found, wishes)
        if column.roles and role in {"", "time"}:
            column = without_leak(column, found, moments, target, task, wishes)
        columns.append(_timed(column, keys["time"][1]) if role == "time" else column)
    if not any({"numeric", "categorical"} & set(column.roles) for column in columns):
        reasons = "; ".join(f"{column.name}: {column.reason}" for column in columns[1:6])
        raise ProjectError(f"TARGET={wishes.target}: no feature is left ({reasons}); KEEP=… takes columns in")
    positive, because = find_positive(target, wishes.positive) if task == "binary" else (None, "")
    sample = target.sample.astype(float) if task == "regression" else None
    spread = sample.std() if sample is not None else 0.0
    quartiles = sample.quantile([0.25, 0.5, 0.75]).tolist() if sample is not None else []
    read = [{**facts, target.name: target}[column.name] for column in columns if column.roles]
    notes = [*lost_rows(lost, gaps), *notations(read), *read_as_missing(read)]
    if task == "binary":
        notes.append(f"positive is {positive!r} ({because}); another: POSITIVE=…")
    if task != "regression":
        notes += alike_labels(target)
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
        none = option != "target" and wish.casefold() == NONE and wish not in names
        found[option] = NONE if none else find_column(option.upper(), wish, names) if wish else ""
    for option in ("slices", "drop", "keep"):
        found[option] = tuple(find_column(option.upper(), wish, names) for wish in getattr(wishes, option))
    return replace(wishes, **found)


def _is_whole(target: Facts) -> bool:
    return target.form.kind == "number" and all(float(value).is_integer() for value in target.counts.index)


def _key(facts: Facts, role: str, why: str) -> Column:
    return Column(facts.name, facts.form, annotation(facts), (role,), {}, False, why)


def _timed(column: Column, why: str) -> Column:
    """The column that splits; a feature too, unless there is a reason against it."""
    reason = f"{why}; {column.reason}" if column.stored else why  # TIME asks for it, whatever DROP says
    return replace(column, roles=("time", *column.roles), reason=reason, stored=True)


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
            not wishes.slices
            and SLICE.search(snake(column.name))
            and len(column.limits.get("isin") or ()) <= MOST_SLICED
        )
        sliced = sliceable and (column.name in wishes.slices or unasked)
        found.append(replace(column, roles=(*column.roles, "slice")) if sliced else column)
    return found
