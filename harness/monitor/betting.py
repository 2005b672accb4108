"""Is the mean loss above a limit? The wealth of somebody who bets on it: valid whenever, and however often, one looks.

While the mean is at most the limit, no way of betting is expected to gain, so that wealth ever reaches 1/α with
probability α at most (Ville 1939). Risk monitoring by betting: Podkopaev & Ramdas (arXiv 2110.06177), Timans et al.
(2506.16416). Bettors start at each look, so that a change after many quiet looks is found too: the mixture over start
times keeps the guarantee (e-detectors, Shin, Ramdas & Rinaldo 2024, bound the run length only). Others learn their bet
from the last rows (Waudby-Smith & Ramdas, 2010.09686) and keep their wealth while all is quiet: the shorter a memory,
the surer it must be before it bets, for what chance makes it bet in many quiet looks is lost.
"""

from dataclasses import dataclass, replace

import numpy as np

from harness.inference.reference import Floats
from harness.monitor.budget import left, share

BETS = np.array([0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64])  # of 1/limit, at which one row can take all
MEMORY = np.array([50, 100, 200, 2000])  # rows from which a learner takes its bet
SPREAD_MEMORY = np.array([200, 200, 200, 2000])  # rows from which it takes the losses' spread
DOUBT = np.array([2.0, 1.2, 0.0, 0.0])  # standard errors by which its mean must be above the limit
LEARNERS = np.array([0.25, 0.3, 0.2, 0.1])  # of the wealth; `bench monitor` shows what these choices come to
STARTERS = 0.15  # of the wealth: of those who begin at each look
BOLDEST = 0.95
MOST = 600.0  # logarithm of wealth; what is larger is as good


@dataclass(frozen=True)
class Wealth:
    """What the bettors of one or many streams own (...), as logarithms of the shares that they began with."""

    limit: Floats  # (...)
    looks: int
    started: Floats  # (..., bets): wealth of all who began so far with this bet, share included
    learned: Floats  # (..., memories)
    means: Floats  # (..., memories): of the last rows' losses
    squares: Floats  # (..., memories): of their squared distance from the limit

    def total(self) -> Floats:
        """The e-value (...): what a wealth of 1 has become."""
        starters = np.exp(self.started).sum(axis=-1) + left(self.looks)
        total: Floats = STARTERS * starters + np.exp(self.learned) @ LEARNERS
        return total


def begin(limit: Floats | float) -> Wealth:
    """The wealth of 1 before any row, against mean losses of at most `limit` (...)."""
    limits = np.asarray(limit, dtype=float)
    shape = (*limits.shape, len(MEMORY))
    means = np.broadcast_to(0.9 * limits[..., None], shape)
    nothing = np.full((*limits.shape, len(BETS)), -np.inf)
    return Wealth(limits, 0, nothing, np.zeros(shape), means, np.broadcast_to(0.1 * limits[..., None], shape))


def bet(wealth: Wealth, losses: Floats) -> tuple[Wealth, Floats]:
    """The wealth after a look's losses (..., n), in the order in which they came, and its highest on the way (...)."""
    after, path = follow(wealth, losses)
    return after, path.max(axis=-1) if losses.shape[-1] else wealth.total()


def follow(wealth: Wealth, losses: Floats) -> tuple[Wealth, Floats]:
    """The wealth after a look's losses (..., n), and its total after each of them (..., n)."""
    limit = np.clip(wealth.limit, 1e-6, 1.0)[..., None]
    excess = losses - limit
    begun = np.logaddexp(wealth.started, np.log(share(wealth.looks) / len(BETS)))
    remaining = left(wealth.looks + 1)
    path = np.full(losses.shape, STARTERS * remaining)
    started, learned = [], []
    for place, bold in enumerate(BETS):
        log = _bounded(begun[..., place : place + 1] + np.log1p(bold / limit * excess).cumsum(axis=-1))
        path += STARTERS * np.exp(log)
        started.append(_last(log, begun[..., place]))
    means, squares = [], []
    for place, part in enumerate(LEARNERS):
        mean, last_mean = _before(losses, wealth.means[..., place], MEMORY[place])
        square, last_square = _before(excess**2, wealth.squares[..., place], SPREAD_MEMORY[place])
        sizes = np.clip((mean - limit) / np.maximum(square, 1e-9), 0.0, BOLDEST / limit)
        sizes[mean - limit <= DOUBT[place] * np.sqrt(square / (2 * MEMORY[place]))] = 0.0
        log = _bounded(wealth.learned[..., place : place + 1] + np.log1p(sizes * excess).cumsum(axis=-1))
        path += part * np.exp(log)
        learned.append(_last(log, wealth.learned[..., place]))
        means.append(last_mean)
        squares.append(last_square)
    after = replace(
        wealth,
        looks=wealth.looks + 1,
        started=np.stack(started, axis=-1),
        learned=np.stack(learned, axis=-1),
        means=np.stack(means, axis=-1),
        squares=np.stack(squares, axis=-1),
    )
    return after, path


def detectable(limit: float, deviation: float, rows: int, level: float) -> float | None:
    """The mean loss that so many more rows would show, about; None where no loss of at most 1 is."""
    if rows == 0:
        return None
    needed = np.log(1 / level) + np.log(len(BETS)) / 2
    found = limit + max(deviation, 0.01) * np.sqrt(2 * needed / rows)
    return float(found) if found <= 1 else None


def _before(values: Floats, start: Floats, rows: int) -> tuple[Floats, Floats]:
    """The decaying mean before each value (..., n), and after the last (...)."""
    keep = 1 - 1 / rows
    if not values.shape[-1]:
        return values, start
    from scipy.signal import lfilter  # noqa: PLC0415  half a second, for which who only reads a state need not wait

    after = lfilter([1 - keep], [1, -keep], values, axis=-1, zi=(keep * start)[..., None])[0]
    return np.concatenate([start[..., None], after[..., :-1]], axis=-1), after[..., -1]


def _bounded(log: Floats) -> Floats:
    bounded: Floats = np.minimum(log, MOST)
    return bounded


def _last(log: Floats, otherwise: Floats) -> Floats:
    return log[..., -1] if log.shape[-1] else otherwise
