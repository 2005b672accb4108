"""Columns that give the answer away: each alone, or with an earlier moment."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_predict
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from harness.adopt.column_facts import Facts
from harness.core.contract import Task
from harness.inference.predictor import to_days

MEASURE = {"binary": "ROC AUC", "multiclass": "ROC AUC", "regression": "R²"}
LEAK = 0.995  # area under the ROC curve, or R², of one column alone: it gives the answer away
STRONG = 0.97  # worth a second look
CHANCE = 1e-9  # that rows picked at random are all of one class
RAREST = 10  # sampled rows of the rarest class: with fewer a column may part the classes by chance


def same_as_target(facts: Facts, target: Facts) -> bool:
    """Whether each value stands for one value of the target and the other way round."""
    if facts.distinct != target.distinct or facts.missing or target.counts.empty:
        return False
    pairs = pd.DataFrame({"x": facts.sample.astype(str), "y": target.sample.astype(str)}).drop_duplicates()
    return bool(len(pairs) == pairs["x"].nunique() == pairs["y"].nunique())


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
            return f"{what} only where {target.name} is {rows.iloc[0]}"
    return ""


def tells_target(facts: Facts, target: Facts, task: Task) -> float | None:
    """How well a small tree tells the target from this column alone, cross-validated: AUC or R²; None if unknowable."""
    X = _numbers(facts.sample).to_numpy(dtype=float)[:, None]
    if task == "regression":
        y = target.sample.to_numpy(dtype=float)
        tree: Any = DecisionTreeRegressor(max_depth=12, min_samples_leaf=5, random_state=0)
        return float(r2_score(y, cross_val_predict(tree, X, y, cv=KFold(3, shuffle=True, random_state=0))))
    codes, labels = pd.factorize(target.sample.astype(str), sort=True)
    if np.bincount(codes).min() < RAREST:
        common = np.isin(codes, np.flatnonzero(np.bincount(codes) >= RAREST))
        if len(labels) == 2 or len(np.unique(codes[common])) < 2:
            return None
        X, (codes, labels) = X[common], pd.factorize(codes[common], sort=True)
    tree = DecisionTreeClassifier(max_depth=6, min_samples_leaf=3, random_state=0)
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    scores = cross_val_predict(tree, X, codes, cv=folds, method="predict_proba")
    return float(roc_auc_score(codes, scores[:, 1] if len(labels) == 2 else scores, multi_class="ovr"))


def spans_target(facts: Facts, others: Iterable[Facts], target: Facts, task: Task) -> str:
    """What the time since an earlier moment says of the target: a trip's end less its start is how long it took."""
    for other in others:
        if other.name != facts.name and other.sample.mean() < facts.sample.mean():
            lasted = (facts.sample - other.sample).dt.total_seconds()
            score = tells_target(replace(facts, sample=lasted), target, task)
            if score is not None and score >= LEAK:
                return f"the time since {other.name} tells the target ({MEASURE[task]} {score:.3f})"
    return ""


def _numbers(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """A column as numbers (a date as days), 1 below all of them for missing."""
    if pd.api.types.is_datetime64_any_dtype(values):
        values = pd.Series(to_days(values.to_numpy()), values.index)
    numbers = values if pd.api.types.is_numeric_dtype(values) else pd.Series(pd.factorize(values)[0], values.index)
    numbers = numbers.astype(float)
    return numbers.fillna(float(np.nan_to_num(numbers.min())) - 1)
