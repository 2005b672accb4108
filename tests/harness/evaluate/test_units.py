"""What is drawn together: groups, blocks of days, both; and where they are too few for an honest interval."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from harness.evaluate.bootstrap import intervals
from harness.evaluate.further import FURTHER_METRICS, FurtherMetric
from harness.evaluate.honest import honest_metrics, why_no_interval
from harness.evaluate.sample import Sample
from harness.evaluate.units import Units, effective, units_of
from tests.support.samples import sample
from tests.support.tables import contract

RNG = np.random.default_rng(0)


def dated(days: int, rows: int) -> Units:
    moments = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(rows) % days, unit="D")
    frame = pd.DataFrame({"at": moments + pd.Timedelta(hours=13), "who": np.arange(rows) % 50})
    return units_of(frame, replace(contract("binary"), time="at"))


def test_units_of_different_size_say_less_than_their_number() -> None:
    assert effective(np.array([5, 5, 5, 5])) == 4
    assert effective(np.array([100, 1, 1, 1])) == pytest.approx(1.06, abs=0.01)


def test_rows_of_one_day_are_drawn_together_and_long_times_make_longer_blocks() -> None:
    weights = dated(60, 600).draw(20, np.random.default_rng(0))
    np.testing.assert_array_equal(weights[:, :60], weights[:, 60:120])
    assert dated(60, 600).block_days == 1
    assert dated(180, 600).block_days == 3
    assert dated(600, 600).block_days == 7


def test_many_rows_are_drawn_as_few_are(monkeypatch: pytest.MonkeyPatch) -> None:
    few = Units(300).draw(7, np.random.default_rng(3))
    monkeypatch.setattr("harness.evaluate.units.MANY_UNITS", 299)
    np.testing.assert_array_equal(Units(300).draw(7, np.random.default_rng(3)), few)


def test_fewer_than_thirty_days_get_no_interval() -> None:
    """A day has an effect of its own: an interval of independent rows held the truth in 31 to 75 of 100 cases."""
    made = sample("binary")
    assert why_no_interval("roc_auc", made, dated(20, 300)) == (
        "the test rows are of 20 days, 10 more are needed for an interval"
    )
    assert why_no_interval("roc_auc", made, dated(60, 300)) == ""


def test_with_group_and_time_both_are_drawn() -> None:
    frame = pd.DataFrame({"at": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(300) % 60, unit="D")})
    frame["who"] = np.arange(300) % 50
    units = units_of(frame, replace(contract("binary"), time="at", group="who"))
    assert [what for what, _ in units.declared()] == ["groups", "blocks of days"]
    weights = units.draw(2000, np.random.default_rng(0))
    assert weights.mean() == pytest.approx(1, abs=0.05)
    assert weights[:, 0].var() > 2


def test_groups_count_by_what_they_say() -> None:
    """100 groups of which one holds half of the rows say as much as four."""
    groups = np.r_[np.zeros(150, int), np.arange(150) % 99 + 1]
    assert why_no_interval("roc_auc", sample("binary"), Units(300, groups=groups)) == (
        "the rows say as much as 4 groups of equal size, 96 more are needed for an interval"
    )


def test_a_rare_class_is_counted_in_groups() -> None:
    """40 positive rows of 5 groups are five cases, not 40."""
    made = sample("binary")
    positives, groups = np.flatnonzero(made.y == 1)[:40], np.arange(300)
    y = np.zeros(300, int)
    y[positives], groups[positives] = 1, np.arange(40) % 5
    told = why_no_interval("roc_auc", replace(made, y=y), Units(300, groups=groups))
    assert told == "the rarest class is in 5 groups, 25 more are needed for an interval"


@pytest.mark.parametrize(("noise", "honest"), [("normal", True), ("heavy", False)])
def test_squared_errors_with_a_heavy_tail_get_no_interval(noise: str, honest: bool) -> None:
    """Of Student's errors with three degrees of freedom the interval of RMSE held the truth in 78 of 100 cases."""
    error = RNG.normal(size=2000) if noise == "normal" else RNG.standard_t(3, 2000)
    value = RNG.gamma(2, 1, 2000)
    made = Sample("regression", value + error, value[:, None])
    assert ({"rmse", "r2"} <= set(honest_metrics(made))) is honest
    assert ("rmse" in honest_metrics(made, paired=True)) is honest
    assert "mae" in honest_metrics(made)
    assert honest or "heavy tail" in why_no_interval("rmse", made)


def test_a_perfect_order_gets_no_interval_of_no_width() -> None:
    y = np.arange(300) % 2
    score = 0.1 + 0.6 * y + 0.2 * RNG.random(300)
    made = Sample("binary", y, np.column_stack([1 - score, score]), 0.5)
    assert not {"roc_auc", "average_precision"} & set(honest_metrics(made))
    assert "roc_auc" in honest_metrics(made, paired=True)
    assert "all rows are in order" in why_no_interval("roc_auc", made)


def test_squared_errors_that_are_all_zero_have_no_heavy_tail() -> None:
    y = np.arange(2000.0)
    assert why_no_interval("rmse", Sample("regression", y, y[:, None])) == ""


def test_one_percent_of_positives_get_no_interval_until_there_are_thirty() -> None:
    made = sample("binary").take(np.arange(2000) % 300)
    rare = replace(made, y=(np.arange(2000) < 20).astype(int))
    assert honest_metrics(rare) == []
    assert {"log_loss", "brier", "accuracy"} <= set(honest_metrics(replace(made, y=(np.arange(2000) < 30).astype(int))))


def test_the_interval_of_an_area_stays_below_one() -> None:
    y = np.r_[np.ones(40, int), np.zeros(160, int)]
    score = np.where(y == 1, 0.9, 0.1) + RNG.normal(size=200) * 0.2
    score = score.clip(0.001, 0.999)
    low, high = intervals(Sample("binary", y, np.column_stack([1 - score, score]), 0.5), 500, 0)["roc_auc"]
    assert 0.9 < low < high < 1


def test_few_days_make_an_interval_wider_as_students_quantile_says() -> None:
    assert Units(1000).widening() == 1
    assert dated(61, 6100).widening() == pytest.approx(2.0003 / 1.95996 * (61 / 60) ** 0.5, abs=1e-4)
    assert dated(31, 3100).widening() == pytest.approx(2.0423 / 1.95996 * (31 / 30) ** 0.5, abs=1e-4)


@pytest.mark.parametrize(("called", "hits"), [(0, 0), (1, 1), (40, 3)])
def test_hardly_any_row_called_positive_leaves_its_metrics_without_interval(called: int, hits: int) -> None:
    """With 1 % of positives no resample found one, and [0.5, 0.5] was printed: it held the truth in 32 of 100 cases."""
    made = rarely_called(called, hits)
    found = intervals(made, 300, 0)
    assert {"roc_auc", "log_loss"} <= found.keys()
    assert not {"balanced_accuracy", "f1", "matthews_corrcoef", "recall_at_precision"} & found.keys()
    assert why_no_interval("f1", made).startswith("too few hits or misses: its noise comes from ")


def test_enough_hits_have_an_interval_which_is_wider_where_they_are_few() -> None:
    few, many = (intervals(rarely_called(30, hits), 500, 0)["balanced_accuracy"] for hits in (10, 30))
    for hits, (low, high) in ((10, few), (30, many)):
        assert low < (hits / 60 + 1 - (30 - hits) / 3940) / 2 < high
    normal = 2 * 1.96 * (10 * 50 / 60**3) ** 0.5 / 2
    assert few[1] - few[0] > 1.05 * normal


def rarely_called(called: int, hits: int) -> Sample:
    """4,000 rows, 60 of them positive, of which so many are called so, and so often rightly."""
    y = (np.arange(4000) < 60).astype(int)
    labels = np.zeros(4000, int)
    labels[:hits] = labels[60 : 60 + called - hits] = 1
    chance = np.where(labels == 1, 0.6, 0.1) + np.random.default_rng(0).random(4000) * 0.05 + 0.02 * y
    own = {name: FurtherMetric(*parts) for name, parts in FURTHER_METRICS["binary"].items()}
    return Sample("binary", y, np.column_stack([1 - chance, chance]), 0.5, own)
