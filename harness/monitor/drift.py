"""How many rows have moved to other bins: a certain lower bound, of the score first, then of each column.

The distance is the total variation: the share of rows that would have to move to make the two spreads equal.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.inference.reference import Floats

MARGIN = 0.1  # less than a tenth of the rows is no drift worth a word


@dataclass(frozen=True)
class Moved:
    """The distance of two spreads as measured, and by how much chance alone may raise it; all are (...)."""

    distance: Floats
    chance: Floats  # what equal spreads of so many rows are expected to show, at most
    variance: Floats  # 1/units of one + 1/units of the other

    def lower(self, level: Floats | float) -> Floats:
        """The distance is above this with probability 1 − level."""
        slack = np.sqrt(np.log(1 / np.asarray(level)) * self.variance / 2)
        bound: Floats = np.maximum(self.distance - self.chance - slack, 0.0)
        return bound

    def p_value(self, margin: float = MARGIN) -> Floats:
        """An upper bound of the chance to see so much where the true distance is `margin` at most (McDiarmid 1989)."""
        beyond = np.maximum(self.distance - self.chance - margin, 0.0)
        p: Floats = np.exp(-2 * beyond**2 / self.variance)
        return p

    def detectable(self, level: float, margin: float = MARGIN) -> Floats:
        """The distance that these rows would show in half of all cases."""
        shown: Floats = margin + self.chance + np.sqrt(np.log(1 / level) * self.variance / 2)
        return shown


def compare_spreads(expected: Floats, units: float, counts: Floats, seen: Floats | float) -> Moved:
    """Shares of the test rows (..., bins) against counts of the running model's rows (..., bins).

    `units` and `seen` are the numbers of independent rows on either side. A row changes the distance by 1/n at most,
    which bounds how far it lies from its mean; the mean is at most the true distance plus half the sum of the bins'
    standard errors. The reference's own error is in both, at every look: it never averages out (arXiv 2602.13848).
    """
    total = np.maximum(counts.sum(axis=-1), 1)
    current = counts / total[..., None]
    variance = np.asarray(1 / units + 1 / np.maximum(seen, 1), dtype=float)
    pooled = (expected * units + current * np.asarray(seen)[..., None]) / (units + np.asarray(seen)[..., None])
    spread = np.sqrt(pooled * (1 - pooled) * variance[..., None])
    return Moved(np.abs(current - expected).sum(axis=-1) / 2, spread.sum(axis=-1) / 2, variance)


def shown(score: Floats, columns: Floats, level: float) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which p-values are drift: of the score (...), of the columns (..., columns). Errs with probability `level`.

    Half of the level is the score's, half the columns' (Holm 1979); what one side has shown goes to the other (Bretz et
    al. 2009).
    """
    columns_half = holm(columns, level / 2)
    own = score <= level / 2
    score_shown = own | (columns_half.all(axis=-1) & (score <= level) if columns.shape[-1] else own)
    return score_shown, np.where(own[..., None], holm(columns, level), columns_half)


def holm(p_values: Floats, level: float) -> NDArray[np.bool_]:
    """Which of the hypotheses (..., m) are rejected together at a level."""
    count = p_values.shape[-1]
    order = np.argsort(p_values, axis=-1)
    ordered = np.take_along_axis(p_values, order, axis=-1)
    passed = np.logical_and.accumulate(ordered <= level / np.arange(count, 0, -1), axis=-1)
    found = np.zeros(p_values.shape, dtype=bool)
    np.put_along_axis(found, order, passed, axis=-1)
    return found


def population_stability(expected: Floats, counts: Floats) -> Floats:
    """The population stability index, for those who know it; it alarms nobody: PSI > 0.2 has no stated error.

    Unseen categories (the last bin) count as others: of a bin that is empty in the test, any row would make it large.
    """
    current = counts / np.maximum(counts.sum(axis=-1, keepdims=True), 1)
    a, b = (np.maximum(_without_unseen(shares), 1e-4) for shares in (expected, current))
    index: Floats = ((b - a) * np.log(b / a)).sum(axis=-1)
    return index


def _without_unseen(shares: Floats) -> Floats:
    """Bins (..., others, missing, unseen) without the last, which is added to the others."""
    folded = shares[..., :-1].copy()
    folded[..., -2] += shares[..., -1]
    return folded
