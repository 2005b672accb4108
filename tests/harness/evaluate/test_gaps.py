"""The gap of a slice to the other rows: its sign, its interval, and silence where there are too few."""

import numpy as np
import pytest
from numpy.typing import NDArray

from harness.core.judge_params import EvaluateParams
from harness.evaluate.gaps import slice_gaps
from harness.evaluate.units import Units
from tests.support.samples import ROWS, sample

PARAMS = EvaluateParams(primary="roc_auc", resamples=500, min_slice_rows=30, random_state=0)


EVERY = np.arange(ROWS)


def half(share: float = 0.5) -> NDArray[np.int64]:
    return EVERY[share * ROWS > EVERY]


def test_a_slice_and_its_rest_mirror_each_other() -> None:
    one, other = slice_gaps(sample("binary"), [half(), EVERY[ROWS // 2 :]], PARAMS)
    assert one is not None
    assert other is not None
    assert one.gap == -other.gap
    assert [one.low, one.high] == pytest.approx([-(other.high or 0), -(other.low or 0)])
    assert one.rest - other.rest == pytest.approx(other.gap)


def test_a_slice_that_is_scored_at_random_is_shown_to_be_worse() -> None:
    made = sample("binary")
    made.scores[half()] = np.random.default_rng(1).permutation(made.scores[half()])
    (gap,) = slice_gaps(made, [half()], PARAMS)
    assert gap is not None
    assert gap.high is not None
    assert gap.high < 0


def test_too_few_rows_on_either_side_give_no_interval() -> None:
    few, rest = slice_gaps(sample("binary"), [half(0.2), half(0.8)], PARAMS)
    assert few is not None
    assert rest is not None
    assert few.low is None
    assert few.reason == "60 rows, 40 more are needed for an interval"
    assert rest.reason == f"the other rows: {few.reason}"  # it looked as if the slice itself were small


def test_a_slice_without_other_rows_has_no_gap() -> None:
    assert slice_gaps(sample("binary"), [half(1)], PARAMS) == [None]
    assert slice_gaps(sample("binary"), [], PARAMS) == []


def test_whole_groups_are_drawn() -> None:
    """Each row twice is no new information."""
    made, twice = sample("regression"), np.repeat(np.arange(ROWS), 2)
    params = PARAMS.model_copy(update={"primary": "mae"})
    (single,) = slice_gaps(made, [half()], params)
    (grouped,) = slice_gaps(made.take(twice), [np.flatnonzero(twice < ROWS / 2)], params, Units(2 * ROWS, twice))
    assert single is not None
    assert grouped is not None
    assert (grouped.high or 0) - (grouped.low or 0) == pytest.approx((single.high or 0) - (single.low or 0), rel=0.15)
