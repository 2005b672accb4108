"""Joint intervals: what chance alone does to a whole family of them."""

import numpy as np
import pytest
from scipy import stats

from harness.compare.joint import Arm, critical_levels, joint_intervals

NORMAL = np.full(8, np.inf)


def arm(rng: np.random.Generator, models: int, changes: int = 3, spread: float = 0.0, shift: float = 0.0) -> Arm:
    """Estimates that differ by training, and resamples around each."""
    estimates = shift + spread * rng.normal(size=(models, changes))
    return Arm(estimates, estimates[:, None, :] + 0.1 * rng.normal(size=(1, 2000, changes)))


def test_the_primary_metric_alone_is_tested_at_4_percent() -> None:
    assert critical_levels(np.eye(1), NORMAL[:1], 0).tolist() == [0.04]
    assert stats.norm.isf(0.02) == pytest.approx(2.054, abs=1e-3)


def test_independent_changes_share_what_the_primary_leaves() -> None:
    """1 % of the reports, over seven others: as Šidák's, given that the primary is silent."""
    levels = critical_levels(np.eye(8), NORMAL, 0)
    assert levels[0] == 0.04
    assert levels[1] == pytest.approx(1 - (1 - 0.01 / 0.96) ** (1 / 7), rel=0.15)


def test_equal_changes_cost_nothing() -> None:
    assert critical_levels(np.ones((8, 8)), NORMAL, None)[0] == pytest.approx(0.05, rel=0.05)


def test_without_a_primary_metric_all_share_5_percent() -> None:
    assert critical_levels(np.eye(8), NORMAL, None)[3] == pytest.approx(1 - 0.95 ** (1 / 8), rel=0.1)


def test_few_trainings_widen_the_interval_by_students_factor() -> None:
    rng = np.random.default_rng(0)
    base, candidate = arm(rng, 1), arm(rng, 3, spread=5.0)
    found = joint_intervals(base, candidate, 0)
    assert found.critical[0] == pytest.approx(stats.t.isf(0.02, 2), rel=0.01)
    assert found.error[0] == pytest.approx(candidate.estimates[:, 0].std(ddof=1) / np.sqrt(3), rel=0.01)


def test_what_never_changes_has_an_interval_of_no_width() -> None:
    rng = np.random.default_rng(0)
    one = arm(rng, 1)
    found = joint_intervals(one, one, 0)
    assert (found.critical * found.error).tolist() == [0, 0, 0]


@pytest.mark.parametrize(("models", "families", "most"), [(1, 400, 30), (5, 100, 11)])
def test_chance_alone_brings_a_verdict_in_5_of_100(models: int, families: int, most: int) -> None:
    """Changes of pure noise, of rows and of training; at 5 % more than so many happen once in 50 times."""
    rng = np.random.default_rng(1)
    loud = 0
    for _ in range(families):
        rows = 0.1 * rng.normal(size=3)  # the same for all models of a side
        candidate = arm(rng, models, spread=0.1 if models > 1 else 0.0)
        shifted = Arm(candidate.estimates + rows, candidate.drawn + rows)
        base = arm(rng, models, spread=0.1 if models > 1 else 0.0)
        fixed = Arm(base.estimates, np.broadcast_to(base.estimates[:, None, :], base.drawn.shape))
        found = joint_intervals(fixed, shifted, 0)
        loud += bool((np.abs(found.change) > found.critical * found.error).any())
    assert 0 < loud <= most
