"""A loss per row that lies between 0 and 1, and an upper bound of its mean: what can be bet on, whoever looks when."""

import numpy as np
from numpy.typing import NDArray

from harness.core.blocks import BLOCK_ROWS
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
        blocks = range(0, len(sample.y), BLOCK_ROWS)
        return np.concatenate([_brier(sample.take(slice(start, start + BLOCK_ROWS))) for start in blocks])
    wrong: Floats = (sample.labels != sample.y).astype(float)
    if loss.kind == "error":
        return wrong
    largest = max(loss.false_positive, loss.false_negative) or 1.0
    costs: Floats = wrong * np.where(sample.y == 1, loss.false_negative, loss.false_positive) / largest
    return costs


def _brier(sample: Sample) -> Floats:
    truth = np.eye(sample.scores.shape[1])[sample.y]
    squared: Floats = ((sample.scores - truth) ** 2).sum(axis=1) / 2
    return squared


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
    gains = np.random.default_rng(0).permuted(losses, axis=-1)  # the order must not follow the values
    np.subtract(1, gains, out=gains)
    at_stake = np.log(1 / level)
    bets = _bets(gains, at_stake)
    low, high = np.zeros(gains.shape[:-1]), np.ones(gains.shape[:-1])
    bet, gain = np.empty_like(gains), np.empty_like(gains)  # what many rows take is made once
    for _ in range(GRID_STEPS):
        middle = (low + high) / 2
        np.minimum(bets, 0.75 / np.maximum(middle, 1e-9)[..., None], out=bet)
        bet *= np.subtract(gains, middle[..., None], out=gain)
        wealth = np.cumsum(np.log1p(bet, out=bet), axis=-1, out=bet)
        refuted = wealth.max(axis=-1) > at_stake
        low, high = np.where(refuted, middle, low), np.where(refuted, high, middle)
    bound: Floats = 1 - low
    return bound


def _bets(gains: Floats, at_stake: float) -> Floats:
    """How much is bet on each gain (..., n), by the mean and the spread of those before it."""
    seen = np.arange(2, gains.shape[-1] + 2)
    found: Floats = gains.cumsum(axis=-1)
    found += 0.5
    found /= seen
    np.subtract(gains, found, out=found)
    np.cumsum(np.square(found, out=found), axis=-1, out=found)
    found += 0.25
    found /= seen
    found[..., 1:] = found[..., :-1]
    found[..., :1] = 0.25
    found *= gains.shape[-1]
    np.sqrt(np.divide(2 * at_stake, found, out=found), out=found)
    return found
