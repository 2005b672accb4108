"""Columns that add up to the target or to another column, in every row or in most: casual + registered = count."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from harness.adopt.column_facts import Facts
from harness.core.contract import Task

COLUMNS = 40  # of numbers, above which sums are not looked for
ROWS_ADDED, ROWS_OF_OTHERS = 2000, 500  # looked at for the target, and for each other column
GAPS = 0.3  # of a column's rows, at most, that it is missing in
NO_REST = 1e-6  # of the sum's spread
EXACT_ROWS = 0.6  # of the rows, in which a sum has to be exact: in the others somebody mistyped
ROWS_OF_ADDEND = 10  # in which a number that is not 0 has to take part
LIKELY = 0.5  # R² of plain least squares, below which there is no sum to be found
ROUNDS = 30  # of weighing rows again

Addends = NDArray[np.float64]


def sum_of_target(facts: Mapping[str, Facts], target: Facts, task: Task) -> dict[str, str]:
    """By column: the sum that it is part of and that is the target."""
    names, X, whole = _numbers(facts)
    if task != "regression" or not names:
        return {}
    found = _sum_of(target.sample.to_numpy(dtype=float)[:ROWS_ADDED][whole], X, names)
    return dict.fromkeys(found[0], f"{found[1]} = {target.name} in {found[2]}") if found else {}


def sums_of_columns(facts: Mapping[str, Facts]) -> dict[str, str]:
    """By column: the sum of others that it is, none of them taken away."""
    names, X, _ = _numbers(facts)
    told = {}
    for position, name in enumerate(names):
        rows, others = X[:ROWS_OF_OTHERS], [other for other in names if other != name]
        found = _sum_of(rows[:, position], np.delete(rows, position, axis=1), others)
        if found and " - " not in f" {found[1]}":
            told[name] = f"it is {found[1]} in {found[2]}"
    return told


def _numbers(facts: Mapping[str, Facts]) -> tuple[list[str], Addends, NDArray[np.bool_]]:
    """Names and values of the columns that may take part, and which rows have them all; none if there are too many."""
    number = {name: f for name, f in facts.items() if f.form.kind in {"integer", "number"}}
    names = [name for name, f in number.items() if f.missing <= GAPS * f.rows and f.distinct > 1]
    if not 1 < len(names) <= COLUMNS:
        return [], np.empty((0, 0)), np.empty(0, dtype=bool)
    X = np.column_stack([facts[name].sample.to_numpy(dtype=float)[:ROWS_ADDED] for name in names])
    whole = ~np.isnan(X).any(axis=1)
    return (names if whole.sum() >= 3 * len(names) else []), X[whole], whole


def _sum_of(y: Addends, X: Addends, names: Sequence[str]) -> tuple[list[str], str, str] | None:
    """The columns whose sum or difference is y plus a constant; the sum as text, and in which rows."""
    weights = _most_exact(y, X)
    signs = np.round(weights)
    used = np.flatnonzero(signs)
    if len(used) < 2 or not np.isin(signs, (-1, 0, 1)).all():
        return None
    rest = y - X @ signs
    exact = np.abs(rest - np.median(rest)) <= NO_REST * y.std()
    if exact.mean() < EXACT_ROWS or not all(_takes_part(X[:, position] != 0, exact) for position in used):
        return None
    first = sorted(used.tolist(), key=lambda place: -signs[place])  # what is added before what is taken away
    shown = " ".join(f"{'+' if signs[place] > 0 else '-'} {names[place]}" for place in first).removeprefix("+ ")
    where = "every row" if exact.all() else f"{exact.mean():.0%} of the rows"
    return [names[place] for place in first], shown, where


def _takes_part(rows: NDArray[np.bool_], exact: NDArray[np.bool_]) -> bool:
    """Whether the sum is exact where an addend is not 0: columns of zeros add up to whatever is mostly 0."""
    return bool(rows.sum() >= ROWS_OF_ADDEND and exact[rows].mean() >= EXACT_ROWS)


def _most_exact(y: Addends, X: Addends) -> Addends:
    """Weights with the least absolute rest, which is 0 in most rows if there are such weights (unlike least squares,
    where each row that is off moves all of them); by weighing rows again with the inverse of their rest.
    """
    scale = X.std(axis=0) + (X.std(axis=0) == 0)
    A, spread = np.column_stack([X / scale, np.ones(len(y))]), y.std() or 1.0
    found = np.zeros(A.shape[1])
    row_weights = np.ones(len(y))
    for turn in range(ROUNDS):
        root = np.sqrt(row_weights)
        found = np.linalg.lstsq(A * root[:, None], y * root, rcond=None)[0]
        rest = np.abs(y - A @ found)
        if turn == 0 and (rest.max() <= NO_REST * spread or np.mean(rest**2) > (1 - LIKELY) * spread**2):
            break
        row_weights = 1 / np.maximum(rest / spread, NO_REST / 10)
    weights: Addends = found[:-1] / scale
    return weights
