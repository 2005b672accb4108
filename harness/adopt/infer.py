"""Each column of a table → its role, type and limits, or why it is left out."""

from collections.abc import Mapping
from dataclasses import replace

from harness.adopt.bounds import allowed, annotation
from harness.adopt.checks import with_checks
from harness.adopt.choose_features import as_date_part, build_column, without_leak
from harness.adopt.column_facts import Facts, describe_column
from harness.adopt.key_columns import find_keys, find_time
from harness.adopt.notes import all_notes
from harness.adopt.open_sets import with_slices
from harness.adopt.personal_data import find_personal
from harness.adopt.plan import Column, Plan, Wishes
from harness.adopt.sentinels import Edge, check_used, edges, with_void
from harness.adopt.sums import sum_of_target
from harness.adopt.task import check_missing, find_positive, find_task
from harness.adopt.total_row import total_row
from harness.core.contract import Task
from harness.core.errors import ProjectError
from harness.tables.column_format import Form
from harness.tables.date_parts import find_date_parts
from harness.tables.staging import Staged

MOST_COMPARED = 8  # moments of which the time between two is looked at


def infer(table: Staged, wishes: Wishes) -> Plan:
    """Find out everything. Raises ProjectError if an option does not fit the table, or if no feature is left."""
    target, facts, lost, (task, why) = _look(table, wishes)
    personal = {} if not facts else find_personal(facts, wishes)
    keys = find_keys(facts, wishes, barred=set(personal))
    if table.parts and keys.get("time", ("",))[0] != table.parts.name:
        del facts[table.parts.name]
        table.parts = None
    columns = [_target_column(target, task), *_columns(table, facts, target, task, wishes, keys, personal)]
    if not any(column.is_feature for column in columns):
        reasons = "; ".join(f"{column.name}: {column.reason}" for column in columns[1:6])
        raise ProjectError(
            f"TARGET={wishes.target}: no feature is left ({reasons}); name the columns to use with KEEP=…"
        )
    if wishes.positive and task != "binary":
        raise ProjectError(
            f"POSITIVE={wishes.positive}: the task is {task} ({why}), so no class is the positive one; leave it out"
        )
    positive, because = find_positive(target, wishes.positive) if task == "binary" else (None, "")
    read = [{**facts, target.name: target}[column.name] for column in columns if column.roles]
    sample = target.sample.astype(float) if task == "regression" else None
    quartiles = sample.quantile([0.25, 0.5, 0.75]).tolist() if sample is not None else []
    far = (sample - quartiles[1]).abs().max() if sample is not None else 0.0
    return Plan(
        task=task,
        why=why,
        positive=positive,
        rare=1.0 if task == "regression" else float(target.counts.min() / target.rows),
        outliers=bool(quartiles) and far > 20 * (quartiles[2] - quartiles[0]) > 0,
        spread=float(sample.std()) if sample is not None else 0.0,
        columns=tuple(with_slices(with_checks(columns, facts, wishes), wishes)),
        notes=(*total_row(table), *all_notes(read, target, lost, positive, because)),
        parts=table.parts,
    )


def _look(table: Staged, wishes: Wishes) -> tuple[Facts, dict[str, Facts], int, tuple[Task, str]]:
    """The target and all other columns, what stands for missing left out; rows without a target; the task and why."""
    forms, ends = _forms(table)
    target = describe_column(table, wishes.target, forms[wishes.target])
    task, _ = find_task(target, wishes.task)
    check_missing(target, task, wishes)
    if task != "regression":
        ends.pop(wishes.target, None)
        forms[wishes.target] = replace(target.form, kind="integer") if _is_whole(target) else target.form
    ends[wishes.target] = [edge for edge in ends.get(wishes.target, []) if not edge.zero]  # a row would be lost
    forms = with_void(forms, wishes.missing, ends, table.names)
    check_used(table, forms, wishes.missing)
    gaps = describe_column(table, wishes.target, forms[wishes.target])
    lost = table.keep_rows_of(wishes.target, forms[wishes.target], by_class=task != "regression")
    target = replace(describe_column(table, wishes.target, forms[wishes.target]), told=gaps.told, void=gaps.void)
    if target.distinct < 2 and wishes.missing:
        held = f"every row has {target.counts.index[0]!r}" if target.distinct else "empty in every row"
        said = f"MISSING={','.join(wishes.missing)}"
        raise ProjectError(f"{said}: then TARGET={target.name} is of no use: {held}, so there is nothing to learn")
    facts = {name: describe_column(table, name, forms[name]) for name in table.names if name != wishes.target}
    table.parts = find_date_parts([name for name in facts if name not in wishes.drop])
    if table.parts:
        made = describe_column(table, table.parts.name)
        if made.missing or wishes.time or find_time(facts):
            table.parts = None
        else:
            facts = {table.parts.name: made, **facts}
    return target, facts, lost, find_task(target, wishes.task)  # what MISSING says may have been a class


def _forms(table: Staged) -> tuple[dict[str, Form], dict[str, list[Edge]]]:
    """How each column is read, and the ends of those that are numbers."""
    forms, ends = {}, {}
    for name in table.names:
        _, values, forms[name] = table.read(name)
        if forms[name].kind in {"integer", "number"}:
            ends[name] = edges(values)
    return forms, ends


def _is_whole(target: Facts) -> bool:
    return target.form.kind == "number" and all(float(value).is_integer() for value in target.counts.index)


def _target_column(target: Facts, task: Task) -> Column:
    limits = allowed(target) if task != "regression" else {}
    return Column(target.name, target.form, annotation(target), ("target",), limits, False)


def _columns(
    table: Staged,
    facts: Mapping[str, Facts],
    target: Facts,
    task: Task,
    wishes: Wishes,
    keys: Mapping[str, tuple[str, str]],
    personal: Mapping[str, str],
) -> list[Column]:
    roles = {name: role for role, (name, _) in keys.items()}
    moments = [found for found in facts.values() if found.form.kind == "moment"][:MOST_COMPARED]
    sums = sum_of_target(facts, target, task)
    columns = []
    for name, found in facts.items():
        role = roles.get(name, "")
        why = keys[role][1] if role else ""
        if table.parts and name == table.parts.name:
            columns.append(_key(found, role, f"put together from {', '.join(table.parts.parts.values())}; {why}"))
            continue
        column = _key(found, role, why) if role in {"id", "group"} else build_column(found, wishes, personal)
        if table.parts and column.roles and table.parts.unit_of(name):
            column = as_date_part(column, found, table.parts.unit_of(name))
        if column.roles and role in {"", "time"}:
            column = without_leak(column, found, moments, target, task, wishes, sums.get(name, ""))
        columns.append(_timed(column, why) if role == "time" else column)
    return columns


def _key(facts: Facts, role: str, why: str) -> Column:
    return Column(facts.name, facts.form, annotation(facts), (role,), {}, False, why)


def _timed(column: Column, why: str) -> Column:
    """The column that splits; a feature too, unless there is a reason against it."""
    reason = f"{why}; {column.reason}" if column.stored else why  # TIME asks for it, whatever DROP says
    return replace(column, roles=("time", *column.roles), reason=reason, stored=True)
