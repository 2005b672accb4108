"""The loss to be expected without labels: what the test rows lost, weighted by how much they look like today's rows.

A regression of the loss on the score and the features (which calibrates the model's own expectation) is averaged over
today's rows; what it misses on the test rows is added, weighted by a classifier that tells test rows from today's. So
one of the two may be wrong (doubly robust, Robins & Rotnitzky 1995). It is blind to a changed relation between features
and target, which prevails in tables (WhyShift, arXiv 2307.05284); calibration decides how good it is (2407.08649).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtri

from harness.inference.reference import Floats

NEWTON = 4  # steps of the classifier's fit; its weights are near 1 where nothing moved
RIDGE = 1.0
HEAVIEST = 20.0  # weight of a test row
LEAST_EFFECTIVE = 30.0  # test rows that the weights must leave, in effect


@dataclass(frozen=True)
class Estimate:
    """The expected mean loss of today's rows, its change against the test rows', and that change's standard error."""

    loss: float
    change: float
    error: float
    effective: float  # test rows that count, in effect

    def lower(self, level: float) -> float | None:
        """The change is above this with probability 1 − level; None where too few test rows look like today's."""
        return self.change + float(ndtri(level)) * self.error if self.effective >= LEAST_EFFECTIVE else None


def estimate(test: Floats, losses: Floats, current: Floats) -> Estimate:
    """From designs (n, d) of the test rows and (m, d) of today's, a column of ones first, and the test losses (n,)."""
    rows, size = test.shape
    small = RIDGE * np.diag([1e-6, *[1.0] * (size - 1)])
    slope = np.linalg.solve(test.T @ test + small, test.T @ losses)
    missed = (losses - test @ slope) * np.sqrt(rows / max(rows - size, 1))
    today = current @ slope
    weights = domain_weights(test, current, small)
    weights /= weights.sum()
    loss = float(today.mean() + weights @ missed)
    own = weights * missed - (losses - losses.mean()) / rows
    error = float(np.sqrt((own**2).sum() + today.var() / len(today)))
    return Estimate(loss, loss - float(losses.mean()), error, float(1 / (weights**2).sum()))


def domain_weights(test: Floats, current: Floats, penalty: Floats) -> Floats:
    """How much likelier each test row (n,) is among the current rows: odds of a logistic regression."""
    design = np.concatenate([test, current])
    rows, others = len(test), len(current)
    truth = np.repeat([0.0, 1.0], [rows, others])
    balance = np.repeat([0.5 / rows, 0.5 / others], [rows, others]) * (rows + others)  # as if equally many
    coefficient = np.zeros(design.shape[1])
    for _ in range(NEWTON):
        chance = expit(design @ coefficient)
        slope = design.T @ (balance * (truth - chance)) - penalty @ coefficient
        curve = (design.T * (balance * chance * (1 - chance))) @ design + penalty
        coefficient += np.linalg.solve(curve, slope)
    odds: Floats = np.exp(np.clip(test @ coefficient, -10, 10))
    return np.minimum(odds, HEAVIEST)
