"""Calibration that means something: what chance alone makes of it is taken out, and a line says which way it is off."""

import numpy as np
import pytest

from harness.evaluate.calibration import calibration_error, calibration_line, debiased_error
from harness.evaluate.units import Units


def drawn(seed: int, rows: int, sharper: float = 1.0, shift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Outcomes, and the scores of a model whose log odds are `sharper` times the true ones, and off by `shift`."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(size=rows)
    y = (rng.random(rows) < 1 / (1 + np.exp(-odds))).astype(np.int64)
    chance = 1 / (1 + np.exp(-(sharper * odds + shift)))
    return y, np.column_stack([1 - chance, chance])


def test_true_probabilities_have_an_error_of_about_nothing() -> None:
    """The expected calibration error of the same rows is .06: a rule on it would judge chance."""
    pairs = [drawn(seed, 262) for seed in range(200)]
    debiased = [debiased_error("binary", y, scores) for y, scores in pairs]
    assert np.mean(debiased) == pytest.approx(0, abs=2.5 * np.std(debiased) / np.sqrt(200))
    assert np.mean([calibration_error("binary", y, scores) for y, scores in pairs]) > 0.05
    assert debiased_error("binary", *drawn(0, 5000, sharper=3)) > 0.01


def test_the_line_tells_which_way_a_model_is_off_and_its_intervals_hold() -> None:
    held = []
    for seed in range(200):
        y, scores = drawn(seed, 400, sharper=2, shift=0.5)
        slope, intercept = calibration_line(y, scores, Units(400))
        held.append((slope.low < 0.5 < slope.high) and (intercept.low < -0.25 < intercept.high))
    assert 0.85 < np.mean(held) <= 1


def test_what_goes_together_widens_the_line() -> None:
    y, scores = drawn(0, 300)
    twice = np.tile(np.arange(300), 2)
    alone = calibration_line(y, scores, Units(300))[0]
    grouped = calibration_line(y[twice], scores[twice], Units(600, groups=twice))[0]
    assert grouped.high - grouped.low == pytest.approx(alone.high - alone.low, rel=0.01)


@pytest.mark.parametrize("y", [np.zeros(50, int), np.r_[np.zeros(25, int), np.ones(25, int)]])
def test_one_class_and_no_overlap_have_no_line(y: np.ndarray) -> None:
    chance = np.linspace(0.1, 0.9, 50)
    assert calibration_line(y, np.column_stack([1 - chance, chance]), Units(50)) == []
