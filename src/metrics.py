"""Your own metrics: plain functions of y and scores, shown beside the built-in ones.

A metric stands in METRICS to be measured, with its name and which way is better:

    METRICS = {"recall_at_5_percent": OwnMetric(recall_at_5_percent, better="higher")}

It gets y (n,) and scores: for a binary task y is 1 where the row is positive and scores (n,) are the probabilities of
that; for a multiclass task y is the index of the class and scores are (n, classes); for regression both are values
(n,). It returns one number, or NaN where the rows do not define it (no positive among them, say).
"""

import numpy as np
from numpy.typing import NDArray

from harness.evaluate.own_metrics import OwnMetric


def recall_at_5_percent(y: NDArray[np.int64], scores: NDArray[np.float64]) -> float:
    """Share of the positive rows that are among the 5 % with the highest scores: whom a small team can call."""
    called = np.argsort(-scores, kind="stable")[: max(1, round(0.05 * len(y)))]
    return float(y[called].sum() / y.sum()) if y.sum() else float("nan")


METRICS: dict[str, OwnMetric] = {}
