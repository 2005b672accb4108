"""The statistics: what they promise where nothing changed, and what they find where something did."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from harness.core.contract import Feature
from harness.evaluate.bounded_loss import bounded_losses, choose_loss, unit_means, upper_bound
from harness.evaluate.build_reference import category_spread, number_spread
from harness.evaluate.sample import Sample
from harness.monitor import budget, drift, quality
from harness.monitor.betting import begin, bet, detectable, follow
from harness.monitor.estimate import estimate


def test_all_tiers_together_spend_five_percent_however_many_looks() -> None:
    assert pytest.approx(0.05) == budget.TOTAL
    spent = budget.share(np.arange(10_000)).cumsum()
    assert spent[-1] < 1
    assert [budget.left(looks) for looks in (1, 52, 105, 300)] == pytest.approx(
        [1 - spent[i - 1] for i in (1, 52, 105, 300)]
    )


def test_wealth_seldom_grows_while_the_loss_is_at_its_limit() -> None:
    rng = np.random.default_rng(0)
    wealth, highest = begin(np.full(2000, 0.2)), np.zeros(2000)
    for _ in range(10):
        wealth, top = bet(wealth, (rng.random((2000, 100)) < 0.2).astype(float))
        highest = np.maximum(highest, top)
    assert (highest >= 20).mean() <= 0.05
    assert (highest >= 1 / budget.BETTING).mean() <= budget.BETTING


def test_wealth_is_the_same_whether_rows_come_in_one_look_or_are_followed_one_by_one() -> None:
    losses = np.random.default_rng(1).random(50)
    after, path = follow(begin(0.3), losses)
    step = begin(0.3)
    assert path[-1] == pytest.approx(float(after.total()))
    assert step.total() == pytest.approx(1.0)


@pytest.mark.parametrize(("quiet", "times"), [(0, 2.0), (40, 2.5)])
def test_a_change_is_found_after_few_times_the_rows_of_the_test_that_knows_its_moment(quiet: int, times: float) -> None:
    rng, lives = np.random.default_rng(2), 40
    wealth, delays = begin(np.full(lives, 0.22)), np.full(lives, np.inf)
    for look in range(quiet + 4):
        risk = 0.18 if look < quiet else 0.27
        wealth, path = follow(wealth, (rng.random((lives, 500)) < risk).astype(float))
        over = path >= 1 / budget.BETTING
        assert look >= quiet or not over.any()
        delays = np.minimum(delays, np.where(over.any(axis=1), (look - quiet) * 500 + over.argmax(axis=1) + 1, np.inf))
    fixed = (norm.isf(budget.LABELLED) + norm.isf(0.2)) ** 2 * 0.27 * 0.73 / (0.27 - 0.22) ** 2
    assert np.median(delays) <= times * fixed


def test_the_detectable_loss_shrinks_with_the_rows() -> None:
    small = [detectable(0.2, 0.3, rows, 0.02) for rows in (0, 1, 100, 10_000)]
    assert small[:2] == [None, None]
    assert small[2] is not None
    assert small[3] is not None
    assert 0.2 < small[3] < small[2]


def test_the_bound_of_a_risk_fails_as_seldom_as_it_says() -> None:
    losses = np.random.default_rng(3).beta(0.3, 1.7, (2000, 300))
    bounds = upper_bound(losses, 0.05)
    assert (bounds < 0.15).mean() <= 0.05
    assert np.median(bounds) < 0.20


def test_equal_spreads_are_no_drift_and_moved_ones_are() -> None:
    rng = np.random.default_rng(4)
    expected = rng.multinomial(1000, np.full(10, 0.1), 500) / 1000
    quiet = drift.compare_spreads(
        expected, 1000, rng.multinomial(500, np.full(10, 0.1), 500).astype(float), np.full(500, 500)
    )
    assert (quiet.p_value() < 0.01).mean() == 0
    moved = drift.compare_spreads(np.full(10, 0.1), 5000, np.array([5000.0, *[0.0] * 9]), 5000)
    assert float(moved.distance) == pytest.approx(0.9)
    assert 0.8 < float(moved.lower(0.001)) < 0.9
    assert float(moved.p_value()) < 1e-9


def test_unseen_categories_count_as_others_in_the_stability_index() -> None:
    expected = np.array([0.6, 0.4, 0.0, 0.0])  # one category, others, missing, unseen
    assert drift.population_stability(expected, np.array([60.0, 39, 0, 1])) == pytest.approx(0.0)


def test_what_the_score_has_shown_goes_to_the_columns() -> None:
    columns = np.array([[0.006, 0.9]])
    assert drift.shown(np.array([0.5]), columns, 0.02)[1].tolist() == [[False, False]]
    assert drift.shown(np.array([0.001]), columns, 0.02)[1].tolist() == [[True, False]]


def test_holm_stops_at_the_first_that_does_not_pass() -> None:
    assert drift.holm(np.array([0.01, 0.04, 0.03, 0.005]), 0.05).tolist() == [True, False, False, True]


def test_the_rise_of_a_share_is_what_both_bounds_leave() -> None:
    none = quality.rise(0.1, 1000, 100, 1000, 0.001)
    much = quality.rise(0.1, 1000, 500, 1000, 0.001)
    assert (float(none.least), float(much.now)) == (0.0, 0.5)
    assert 0.25 < float(much.least) < 0.4


def test_rows_with_another_mix_are_expected_to_lose_what_their_like_lost() -> None:
    rng = np.random.default_rng(5)
    hard = rng.random(4000) < 0.2
    losses = np.where(hard, 0.5, 0.1) + rng.normal(0, 0.05, 4000)
    test = np.column_stack([np.ones(4000), hard])
    current = np.column_stack([np.ones(2000), rng.random(2000) < 0.6])
    found = estimate(test, losses, current)
    assert found.loss == pytest.approx(0.34, abs=0.02)
    low = found.lower(0.001)
    assert low is not None
    assert 0.1 < low < 0.16
    same = estimate(test, losses, test[rng.integers(0, 4000, 2000)])
    assert abs(same.change) < 4 * same.error


@pytest.mark.parametrize(("kind", "expected"), [("brier", [0.01, 0.36]), ("error", [0, 1]), ("cost", [0, 0.5])])
def test_a_loss_lies_between_nothing_and_one(kind: str, expected: list[float]) -> None:
    sample = Sample("binary", np.array([1, 0]), np.array([[0.1, 0.9], [0.4, 0.6]]), 0.5)
    loss = choose_loss(sample, kind, (1, 2))  # type: ignore[arg-type]
    assert bounded_losses(sample, loss).tolist() == pytest.approx(expected)


def test_an_error_beyond_the_clip_counts_as_one() -> None:
    sample = Sample("regression", np.zeros(100), np.linspace(0, 1, 100)[:, None])
    loss = choose_loss(sample)
    far = Sample("regression", np.zeros(2), np.array([[99.0], [0.0]]))
    assert bounded_losses(far, loss).tolist() == [1, 0]


def test_a_group_is_one_unit() -> None:
    assert unit_means(np.array([1.0, 0.0, 0.5]), np.array([7, 7, 3])).tolist() == [0.5, 0.5]


def test_numbers_and_categories_fall_into_at_most_twelve_bins() -> None:
    numbers = number_spread("x", np.array([1.0, 2, 2, 3, np.nan]))
    assert numbers.number_bins(np.array([0.0, 2, 9, np.nan])).tolist() == [0, 1, 2, len(numbers.shares)]
    texts = category_spread("c", [*"abcdefghijk" * 10, ""])
    assert len(texts.expected) == 12
    assert texts.text_bins(["a", "k", "", "new"]).tolist() == [0, 9, 10, 11]
    assert (texts.unseen, len(texts.labels)) == (0, 12)


def test_a_category_of_few_rows_is_named_only_in_a_closed_set() -> None:
    """It may be a person, and reference.json is published with the model."""
    wards = ["north"] * 20 + ["Dr. Ada Lovelace"] * 9
    texts = category_spread("ward", wards)
    assert (texts.values, texts.known, texts.shares) == (["north"], None, [20 / 29, 9 / 29])
    assert texts.text_bins(["Dr. Ada Lovelace", "new"]).tolist() == [1, 1]
    ward = Feature("ward", "string", "categorical", False)
    for asked in (replace(ward, isin=("north", "Dr. Ada Lovelace")), replace(ward, rare=True)):
        assert category_spread("ward", wards, asked).values == ["north", "Dr. Ada Lovelace"]
