"""Your own metrics: plain functions of y and scores, shown beside the built-in ones.

To measure a metric, add it to METRICS with its name and which direction is better:

    METRICS = {"recall_at_5_percent": OwnMetric(recall_at_5_percent, better="higher")}

It gets y and scores:

- binary: y (n,) is 1 if the row is positive; scores (n,) are probabilities of the positive class
- multiclass: y (n,) is the index of the class; scores (n, classes) are probabilities
- regression: y (n,) and scores (n,) are values

It returns one number, or NaN if these rows do not define it (for example, if none is positive).
"""

import numpy as np
from numpy.typing import NDArray

from harness.evaluate.own_metrics import OwnMetric


def recall_at_5_percent(y: NDArray[np.int64], scores: NDArray[np.float64]) -> float:
    """Share of the positive rows that are among the 5 % with the highest scores: whom a small team can call."""
    called = np.argsort(-scores, kind="stable")[: max(1, round(0.05 * len(y)))]
    return float(y[called].sum() / y.sum()) if y.sum() else float("nan")


METRICS: dict[str, OwnMetric] = {}
