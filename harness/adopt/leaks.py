"""Columns that give the answer away: each alone, or with an earlier moment."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.tree import DecisionTreeRegressor

from harness.adopt.column_facts import Facts
from harness.core.clock import clock_seconds
from harness.core.contract import Task

Guesses: TypeAlias = NDArray[np.float64]
Rows: TypeAlias = NDArray[np.intp]
Seen: TypeAlias = NDArray[np.bool_]
MEASURE = {"binary": "ROC AUC", "multiclass": "ROC AUC", "regression": "R²"}
LEAK = 0.995  # area under the ROC curve, or R², of one column alone: it gives the answer away
STRONG = 0.97  # worth a second look
CHANCE = 1e-9  # that it would be so if rows were dealt out at random
SHARING = 0.5  # of the rows, that have to share a value with another one
RAREST = 10  # sampled rows of the rarest class: with fewer a column may part the classes by chance


def same_as_target(facts: Facts, target: Facts) -> bool:
    """Whether each value stands for one value of the target and the other way round, and not by chance.

    In a table of few rows two columns of different numbers always do: chance is the share of the orders of the rows in
    which they would, too.
    """
    if facts.distinct != target.distinct or facts.missing or target.counts.empty:
        return False
    pairs = pd.DataFrame({"x": facts.sample.astype(str), "y": target.sample.astype(str)}).drop_duplicates()
    same = bool(len(pairs) == pairs["x"].nunique() == pairs["y"].nunique())
    return same and _chance_of_order(target.sample) < CHANCE


def _chance_of_order(values: "pd.Series[Any]") -> float:
    """Share of the orders of the values that part the rows alike, whatever the parts are called."""
    sizes = values.astype(str).value_counts()
    alike = [*sizes, *sizes.value_counts()]
    return math.exp(sum(math.lgamma(size + 1) for size in alike) - math.lgamma(len(values) + 1))


def filled_for_one_class(facts: Facts, target: Facts) -> str:
    """Whether all rows in which a column is filled, or all in which it is empty, are of one class; empty if not.

    Such a column is often written down afterwards: only the bodies of the dead were found.
    """
    return _of_one_class({"filled": facts.sample.notna(), "empty": facts.sample.isna()}, target)


def unusual_for_one_class(facts: Facts, target: Facts) -> str:
    """Whether all rows with another value than the most frequent one are of one class: only bad loans are recovered."""
    usual = facts.counts.index[0] if len(facts.counts) else next(iter(facts.sample.mode()), None)
    return _of_one_class({f"other than {usual!r}": facts.sample.notna() & facts.sample.ne(usual)}, target)


def _of_one_class(kinds: Mapping[str, "pd.Series[bool]"], target: Facts) -> str:
    labels = target.sample.astype(str)
    shares = labels.value_counts(normalize=True)
    for what, inside in kinds.items():
        rows = labels[inside]
        if rows.nunique() == 1 and shares[rows.iloc[0]] ** len(rows) < CHANCE:
            return f"{what} in {len(rows):,} rows looked at, only where {target.name} is {rows.iloc[0]}"
    return ""


def tells_target(facts: Facts, target: Facts, task: Task) -> float | None:
    """How well this column alone predicts the target, cross-validated: AUC or R²; None if that cannot be known.

    Numbers and dates by a small tree; names, dates and times of day by the target's mean for each value.
    """
    sample, y = seconds_of_day(facts.sample) if facts.form.kind == "clock" else facts.sample, target.sample
    if task == "regression":
        if len(y) < RAREST or y.nunique() < 2:
            return None
        wanted = y.to_numpy(dtype=float)[:, None]
        return max(float(r2_score(wanted[seen], told[seen])) for told, seen in _told(sample, wanted, task))
    codes = pd.factorize(y.astype(str), sort=True)[0]
    common = np.isin(codes, np.flatnonzero(np.bincount(codes) >= RAREST))
    if len(np.unique(codes[common])) < 2 or (y.nunique() == 2 and not common.all()):
        return None
    codes = np.unique(codes[common], return_inverse=True)[1]
    hot = np.eye(codes.max() + 1)[codes]
    told = _told(sample[common].reset_index(drop=True), hot, task)
    return max(_area(codes[seen], scores[seen]) for scores, seen in told)


def seconds_of_day(times: "pd.Series[Any]") -> "pd.Series[float]":
    """Since midnight."""
    seconds: pd.Series[float] = times.map(clock_seconds, na_action="ignore").astype(float)
    return seconds


def _area(codes: Rows, scores: Guesses) -> float:
    """Area under the ROC curve, of several classes the mean; 0.5 where the rows are too few to know."""
    if np.bincount(codes, minlength=scores.shape[1]).min() < RAREST:
        return 0.5
    return float(roc_auc_score(codes, scores[:, 1] if scores.shape[1] == 2 else scores, multi_class="ovr"))


def _told(sample: "pd.Series[Any]", y: Guesses, task: Task) -> Iterator[tuple[Guesses, Seen]]:
    """Out-of-fold guesses of y, a column per class, and the rows of which something is known."""
    folds = list(_folds(y, task))
    if pd.api.types.is_datetime64_any_dtype(sample):
        yield _mean_of_value(sample.dt.strftime("%H:%M"), y, folds)
        yield _mean_of_value(sample, y, folds)
        sample = pd.Series((sample - sample.min()).dt.total_seconds().to_numpy(), sample.index)
    if not pd.api.types.is_numeric_dtype(sample):
        yield _mean_of_value(sample, y, folds)
        return
    numbers = sample.astype(float)
    X = numbers.fillna(float(np.nan_to_num(numbers.min())) - 1).to_numpy()[:, None]
    depth, leaf = (12, 5) if task == "regression" else (6, 3)
    guesses = np.empty(y.shape)
    for train, test in folds:
        tree = DecisionTreeRegressor(max_depth=depth, min_samples_leaf=leaf, random_state=0)  # of 0 and 1: shares
        guesses[test] = tree.fit(X[train], y[train]).predict(X[test]).reshape(len(test), -1)
    yield guesses, np.ones(len(y), dtype=bool)


def _folds(y: Guesses, task: Task) -> Iterator[tuple[Rows, Rows]]:
    """Three, with each class in each of them."""
    if task == "regression":
        yield from KFold(3, shuffle=True, random_state=0).split(y)
    else:
        yield from StratifiedKFold(3, shuffle=True, random_state=0).split(y, y.argmax(axis=1))


def _mean_of_value(values: "pd.Series[Any]", y: Guesses, folds: Sequence[tuple[Rows, Rows]]) -> tuple[Guesses, Seen]:
    """The mean of y over the other folds' rows with the same value, and which rows have such."""
    codes, guesses, seen = pd.factorize(values)[0] + 1, np.empty(y.shape), np.ones(len(y), dtype=bool)
    for train, test in folds:
        rows = np.bincount(codes[train], minlength=codes.max() + 1)[:, None]
        sums = [np.bincount(codes[train], column[train], minlength=len(rows)) for column in y.T]
        means = (np.stack(sums, axis=1) + y[train].mean(axis=0)) / (rows + 1)
        guesses[test], seen[test] = means[codes[test]], rows[codes[test], 0] > 0
    return guesses, seen if seen.mean() > SHARING else np.ones(len(y), dtype=bool)


def spans_target(facts: Facts, others: Iterable[Facts], target: Facts, task: Task) -> str:
    """What the time since an earlier moment says of the target: a trip's end less its start is how long it took.

    Of the rows that have both moments: that one of them is there may tell the class, and is that one's leak alone.
    """
    for other in others:
        if other.name != facts.name and other.sample.mean() < facts.sample.mean():
            lasted = (facts.sample - other.sample).dt.total_seconds()
            both, y = lasted.notna().to_numpy(), target.sample.reset_index(drop=True)
            score = tells_target(
                replace(facts, sample=lasted[both].reset_index(drop=True)),
                replace(target, sample=y[both].reset_index(drop=True)),
                task,
            )
            if score is not None and score >= LEAK:
                return f"the time since {other.name} predicts the target ({MEASURE[task]} {score:.3f})"
    return ""
