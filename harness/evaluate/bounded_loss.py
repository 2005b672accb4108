"""A loss per row that lies between 0 and 1, and an upper bound of its mean: what can be bet on, whoever looks when."""

import numpy as np
from numpy.typing import NDArray

from harness.core.contract import Task
from harness.evaluate.sample import Sample
from harness.inference.reference import Floats, Loss, LossKind

CLIP = 0.99  # quantile of the absolute error on the test rows, doubled, from which on an error counts as 1
GRID_STEPS = 24  # of the bisection: 6e-8


def choose_loss(sample: Sample, kind: LossKind | None = None, costs: tuple[float, float] = (1.0, 1.0)) -> Loss:
    """The loss of a task: Brier's, or a clipped absolute error; 0/1 and cost where they are asked for."""
    if sample.task == "regression":
        error = np.abs(sample.scores[:, 0] - sample.y)
        return Loss(kind="absolute", clip=float(2 * np.quantile(error, CLIP)) or 1.0)
    return Loss(kind=kind or "brier", false_positive=costs[0], false_negative=costs[1])


def bounded_losses(sample: Sample, loss: Loss) -> Floats:
    """The loss of each row (n,), from 0 to 1."""
    if loss.kind == "absolute":
        absolute: Floats = np.minimum(np.abs(sample.scores[:, 0] - sample.y) / (loss.clip or 1.0), 1.0)
        return absolute
    if loss.kind == "brier":
        truth = np.eye(sample.scores.shape[1])[sample.y]
        squared: Floats = ((sample.scores - truth) ** 2).sum(axis=1) / 2
        return squared
    wrong: Floats = (sample.labels != sample.y).astype(float)
    if loss.kind == "error":
        return wrong
    largest = max(loss.false_positive, loss.false_negative) or 1.0
    costs: Floats = wrong * np.where(sample.y == 1, loss.false_negative, loss.false_positive) / largest
    return costs


def expected_losses(scores: Floats, threshold: float | None, loss: Loss, task: Task) -> Floats:
    """Each row's loss (n,) if its scores (n, classes) were the true probabilities; 0 for regression."""
    if task == "regression":
        return np.zeros(len(scores))
    rows, classes = scores.shape
    each = [bounded_losses(Sample(task, np.full(rows, k), scores, threshold), loss) for k in range(classes)]
    expected: Floats = (np.column_stack(each) * scores).sum(axis=1)
    return expected


def unit_means(losses: Floats, groups: NDArray[np.int64] | None) -> Floats:
    """The mean of losses (n,) in each group (groups,), in order of appearance; without groups the losses themselves."""
    if groups is None:
        return losses
    _, first, place = np.unique(groups, return_index=True, return_inverse=True)
    means = np.bincount(place, losses) / np.bincount(place)
    return means[np.argsort(first)]


def upper_bound(losses: Floats, level: float) -> Floats:
    """A bound above the mean that fails with probability `level` at most, for losses (..., n) → (...).

    By betting: no smaller mean survives a wealth of 1/level (Waudby-Smith & Ramdas, JRSS B 2024, arXiv 2010.09686).
    """
    gains = 1 - np.random.default_rng(0).permuted(losses, axis=-1)  # the order must not follow the values
    rows = gains.shape[-1]
    seen = np.arange(1, rows + 1)
    mean = (0.5 + gains.cumsum(axis=-1)) / (seen + 1)
    spread = (0.25 + ((gains - mean) ** 2).cumsum(axis=-1)) / (seen + 1)
    before = np.concatenate([np.full((*gains.shape[:-1], 1), 0.25), spread[..., :-1]], axis=-1)
    bets = np.sqrt(2 * np.log(1 / level) / (before * rows))
    low, high = np.zeros(gains.shape[:-1]), np.ones(gains.shape[:-1])
    for _ in range(GRID_STEPS):
        middle = (low + high) / 2
        bet = np.minimum(bets, 0.75 / np.maximum(middle, 1e-9)[..., None])
        refuted = np.log1p(bet * (gains - middle[..., None])).cumsum(axis=-1).max(axis=-1) > np.log(1 / level)
        low, high = np.where(refuted, middle, low), np.where(refuted, high, middle)
    bound: Floats = 1 - low
    return bound
