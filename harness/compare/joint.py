"""Intervals that hold for all changes together: a verdict is what its printed interval says.

The family is every metric on all rows and the chosen ones of each slice. Its changes, over the resamples, give each
one's standard error s and their correlation R. The primary metric's interval is d ± c₁ s at 4 %; for all others it
is d ± c₂ s, where c₂ is the smallest number for which chance alone takes the primary metric beyond c₁ or any
other beyond c₂ in 5 % of 20,000 draws from N(0, R) (max-|T|: Westfall & Young 1993; Hothorn, Bretz & Westfall 2008).

Where both models were trained more than once, the noise of training is in s and R too, and as its size is estimated
from few trainings, the draws are from a multivariate t, its degrees of freedom by Welch and Satterthwaite.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

FAMILY_LEVEL = 0.05
PRIMARY_LEVEL = 0.04
NORMAL_DRAWS = 20_000
POWER = 0.8

Vector = NDArray[np.float64]  # (changes,)
Matrix = NDArray[np.float64]


class Arm(NamedTuple):
    """One side of a comparison: k trainings, the shipped one first."""

    estimates: Matrix  # (k, changes)
    drawn: NDArray[np.float64]  # (k, resamples, changes); NaN where a resample does not define a metric


class Joint(NamedTuple):
    """What the family's intervals are made of, each (changes,)."""

    change: Vector  # the mean over the trainings
    error: Vector  # its standard error
    critical: Vector  # the interval is change ± critical × error
    detectable: Vector  # change that is shown in four of five cases


def joint_intervals(base: Arm, candidate: Arm, primary: int | None, unseen: Vector | float = 0.0) -> Joint:
    """The intervals of a family; `primary` is the position of the metric that is tested first, None without one.

    `unseen` (changes,): variance that the resamples do not have.
    """
    change = candidate.estimates.mean(axis=0) - base.estimates.mean(axis=0)
    moved = candidate.drawn.mean(axis=0) - base.drawn.mean(axis=0)
    covariance, degrees = _with_training(_covariance(moved), (base, candidate), unseen)
    error = np.sqrt(np.diag(covariance))
    levels = critical_levels(_correlation(covariance), degrees, primary)
    critical = _quantile(1 - levels / 2, degrees)
    return Joint(change, error, critical, (critical + _quantile(np.full(len(degrees), POWER), degrees)) * error)


def critical_levels(correlation: Matrix, degrees: Vector, primary: int | None) -> Vector:
    """The two-sided level of each change's own interval, so that all hold together in 95 of 100 cases."""
    chances = _chances(correlation, degrees)
    others = np.delete(chances, primary, axis=1) if primary is not None else chances
    levels = np.full(len(degrees), PRIMARY_LEVEL)
    if others.shape[1]:
        silent = chances[:, primary] >= PRIMARY_LEVEL if primary is not None else np.ones(len(chances), dtype=bool)
        share = FAMILY_LEVEL - PRIMARY_LEVEL if primary is not None else FAMILY_LEVEL
        level = np.sort(others[silent].min(axis=1))[round(share * NORMAL_DRAWS)]
        levels[np.arange(len(levels)) != primary] = min(level, FAMILY_LEVEL)
    return levels


def _chances(correlation: Matrix, degrees: Vector) -> Matrix:
    """Two-sided p-values of draws in which nothing changed (draws, changes)."""
    rng = np.random.default_rng(0)  # the same draws for every report
    values, vectors = np.linalg.eigh(correlation)
    root = vectors * np.sqrt(values.clip(min=0))
    drawn = np.abs(rng.standard_normal((NORMAL_DRAWS, len(degrees))) @ root.T)
    finite = np.isfinite(degrees)
    if finite.any():  # one uniform for all: the errors of several metrics come from the same few trainings
        uniform = rng.uniform(size=(NORMAL_DRAWS, 1))
        drawn[:, finite] /= np.sqrt(2 * special.gammaincinv(degrees[finite] / 2, uniform) / degrees[finite])
    beyond: Matrix = special.ndtr(-drawn)
    beyond[:, finite] = special.stdtr(degrees[finite], -drawn[:, finite])
    return 2 * beyond


def _quantile(level: Vector, degrees: Vector) -> Vector:
    """Of the normal distribution, or of Student's where the degrees of freedom are finite."""
    found: Vector = special.ndtri(level)
    finite = np.isfinite(degrees)
    found[finite] = special.stdtrit(degrees[finite], level[finite])
    return found


def _with_training(rows: Matrix, arms: Sequence[Arm], unseen: Vector | float) -> tuple[Matrix, Vector]:
    """The covariance of the rows' noise and the training's, and the degrees of freedom; infinite without trainings."""
    variance, noise = np.diag(rows).copy(), np.zeros_like(rows)
    spread = np.zeros(len(rows))
    for arm in arms:
        k = len(arm.estimates)
        if k < 2:
            continue
        between = np.atleast_2d(np.cov(arm.estimates, rowvar=False)) / k
        noise += between
        spread += np.diag(between) ** 2 / (k - 1)
        # What the rows add to the spread between trainings is in the rows' variance already.
        deviations = np.nanvar(arm.drawn - arm.drawn.mean(axis=0), axis=1).sum(axis=0)
        variance -= deviations / (k - 1) / k
    total = variance.clip(min=0) + unseen + np.diag(noise)
    degrees = np.divide(total**2, spread, out=np.full(len(total), np.inf), where=spread > 0)
    return _scaled(rows + noise, total), degrees


def _covariance(moved: NDArray[np.float64]) -> Matrix:
    """Over the resamples that define both metrics of a pair."""
    defined = np.isfinite(moved).astype(float)
    centred = np.nan_to_num(moved - np.nanmean(moved, axis=0))
    both = np.maximum(defined.T @ defined, 1)
    return _scaled(centred.T @ centred / both, np.nanvar(moved, axis=0))


def _correlation(covariance: Matrix) -> Matrix:
    return _scaled(covariance, np.ones(len(covariance)))


def _scaled(covariance: Matrix, variance: Vector) -> Matrix:
    """The same correlations with other variances; what does not vary is correlated with nothing."""
    old = np.sqrt(np.diag(covariance))
    factor = np.divide(np.sqrt(variance), old, out=np.zeros_like(old), where=old > 0)
    scaled: Matrix = covariance * np.outer(factor, factor)
    scaled[np.diag_indices_from(scaled)] = variance
    return scaled
