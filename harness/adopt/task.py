"""Which task a target sets, and why."""

import re
from collections.abc import Hashable

import numpy as np
import pandas as pd

from harness.adopt.column_facts import Facts
from harness.adopt.plan import Wishes
from harness.core.contract import Label, Task, as_text
from harness.core.errors import ProjectError
from harness.tables.column_format import HOLDS
from harness.tables.detect_numbers import find_number_form
from harness.tables.money import find_currencies

FEW = 10  # different whole numbers that are classes; more are a quantity
CLASS_ROWS = 5  # rows of a class: with fewer there is nothing to learn from and to test on
NEGATIONS = (
    "not",
    "non",
    "no",
    "un",
    "kein",
    "keine",
    "nicht",
    "sem",
    "sin",
    "pas",
    "não",
    "nao",
    "ne",
    "nie",
    "不",
    "非",
    "未",
)
CLASSES_APART = 50
LOOKED_AT = 200  # texts
TASKS = ("binary", "multiclass", "regression")
POSITIVE = re.compile(
    r"1|true|t|yes|y|ja|oui|si|sí|sim|はい|有|是|陽性|阳性"
    r"|pos(itiv[aeo]?)?|churn(ed)?|default|fraud|spam|bad|ill|sick|died|dead"
    r"|malignant|>50k\.?",
    re.IGNORECASE,
)


def find_task(target: Facts, wanted: str) -> tuple[Task, str]:
    """The task, and a sentence on why.

    Raises ProjectError if the target is constant, fits no task or not the wanted one, or has a class of too few rows.
    """
    option = f"TARGET={target.name}"
    if target.distinct < 2:
        held = f"every row has {target.counts.index[0]!r}" if target.distinct else "empty in every row"
        raise ProjectError(f"{option}: {held}: there is nothing to learn")
    if wanted not in {"", *TASKS}:
        raise ProjectError(f"TASK={wanted}: must be one of {', '.join(TASKS)}")
    if target.form.kind in {"moment", "clock", "nested"}:
        raise ProjectError(f"{option}: holds {HOLDS[target.form.kind]}; a target is a class or a number")
    task, why = _likely(target) if not wanted else (wanted, "as TASK= says")
    if task == "regression" and target.form.kind not in {"integer", "number"}:
        raise ProjectError(f"{option}: {_shown(target)} are not numbers, so TASK cannot be regression; leave TASK out")
    if task != "regression":
        _check_classes(target, task, option)
    return task, why  # type: ignore[return-value]


def find_positive(target: Facts, wanted: str) -> tuple[Label, str]:
    """The positive label of two, and why. Raises ProjectError if the wanted one is not one of them."""
    labels: list[Label] = list(target.counts.index)
    if wanted:
        for label in labels:
            if as_text(label).casefold() == wanted.casefold():
                return label, "as POSITIVE= says"
        raise ProjectError(f"POSITIVE={wanted}: must be one of {', '.join(map(as_text, labels))}")
    for label, other in (labels, labels[::-1]):  # of ckd and notckd, fraud and non-fraud: the one that is there
        if any(_bare(other) == f"{no}{_bare(label)}" for no in NEGATIONS):
            return label, "the other is its negation"
    telling = [label for label in labels if POSITIVE.fullmatch(as_text(label))]
    if len(telling) == 1:
        return telling[0], "by its name"
    return labels[-1], "the rarer one"  # the counts are sorted


def check_missing(target: Facts, task: Task, wishes: Wishes) -> None:
    """Raises ProjectError if MISSING names a class."""
    labels = {as_text(label) for label in target.counts.index}
    for wish in wishes.missing:
        if task != "regression" and wish in labels:
            raise ProjectError(
                f"MISSING={wish}: is also a label of the target {target.name}; name the column in which "
                f"it means missing: MISSING=column:{wish}"
            )


def _bare(label: Label) -> str:
    """Letters and digits alone."""
    return re.sub(r"[\W_]", "", as_text(label).casefold())


def _likely(target: Facts) -> tuple[str, str]:
    kind, distinct = target.form.kind, target.distinct
    if distinct == 2:
        return "binary", f"two values, {_shown(target)}"
    if kind in {"text", "boolean"}:
        return "multiclass", f"{distinct} different texts"
    whole = kind == "integer" or all(float(value).is_integer() for value in target.counts.index)
    if whole and distinct <= FEW and target.rows - target.missing >= 2 * distinct:  # else hardly one repeats
        return "multiclass", f"{distinct} different whole numbers; if they are a quantity: TASK=regression"
    return "regression", f"{distinct} different numbers"


def _check_classes(target: Facts, task: str, option: str) -> None:
    if target.distinct > CLASSES_APART:
        unread = ""
        if target.form.kind == "text":
            unread = f"; {_why_no_numbers(target)}"
        raise ProjectError(
            f"{option}: {target.distinct} different values; at most {CLASSES_APART} classes are possible{unread}"
        )
    if task == "binary" and target.distinct != 2:
        raise ProjectError(f"{option}: {target.distinct} different values, so TASK cannot be binary")
    rare = {value: count for value, count in target.counts.items() if count < CLASS_ROWS}
    if rare:
        shown = ", ".join(f"{as_text(value)} ({count})" for value, count in list(rare.items())[:5])
        raise ProjectError(
            f"{option}: each class needs at least {CLASS_ROWS} rows; these have fewer: {shown}; join or remove them"
            f"{'; or TASK=regression' if target.form.kind in {'integer', 'number'} and task != 'binary' else ''}"
        )


def _why_no_numbers(target: Facts) -> str:
    """Why texts cannot be read as numbers: several currencies, or texts that are not numbers by themselves."""
    texts = pd.Series(target.texts[:LOOKED_AT], dtype="str")
    currencies = sorted(find_currencies(texts))
    odd = [text for text in texts if not find_number_form(pd.Series([text]), np.ones(1, dtype=int), target.name)]
    if len(currencies) > 1 and len(odd) < len(texts) / 2:
        return f"they are amounts in several currencies ({', '.join(currencies[:5])}): make them one"
    shown = ", ".join(map(repr, odd[:3] or target.texts[:3]))
    return f"the values are not numbers, such as {shown}; choose another TARGET, or correct these values"


def _shown(target: Facts) -> str:
    values: list[Hashable] = list(target.counts.index[:2]) or list(target.texts[:2])
    return " and ".join(as_text(value) for value in values)
