"""Intervals: seeded, paired, by cluster, and silent where they would not be honest."""

import numpy as np
import pytest

from harness.evaluate.bootstrap import intervals, percentile_interval, resample
from harness.evaluate.metrics import KNOWN_METRICS
from harness.evaluate.units import Units
from tests.support.samples import sample

# What 300 rows are too few for, and what never has an interval.
TOO_FEW_ROWS = {
    "binary": {"expected_calibration_error", "debiased_calibration_error"},
    "multiclass": {"average_precision_macro", "expected_calibration_error", "debiased_calibration_error"},
    "regression": {"rmse"},
}


@pytest.mark.parametrize("task", KNOWN_METRICS)
def test_the_estimate_lies_in_its_interval(task: str) -> None:
    made = sample(task)
    estimates = made.estimates()
    found = intervals(made, 500, seed=0)
    assert set(KNOWN_METRICS[task]) - set(found) == TOO_FEW_ROWS[task]  # type: ignore[index]
    assert all(low < estimates[name] < high for name, (low, high) in found.items())


def test_the_same_seed_gives_the_same_interval_and_another_seed_another() -> None:
    made = sample("binary")
    assert intervals(made, 200, seed=0) == intervals(made, 200, seed=0) != intervals(made, 200, seed=1)


def test_two_models_meet_the_same_resamples() -> None:
    one, two = resample([sample("binary"), sample("binary")], 200, seed=0)
    np.testing.assert_array_equal(one["roc_auc"], two["roc_auc"])
    alone = resample([sample("binary")], 200, seed=0)[0]
    np.testing.assert_array_equal(one["roc_auc"], alone["roc_auc"])


def test_an_interval_shrinks_with_the_root_of_the_rows() -> None:
    made = sample("regression")
    twice = made.take(np.tile(np.arange(300), 4))
    (low, high), (tight_low, tight_high) = intervals(made, 2000, 0)["mae"], intervals(twice, 2000, 0)["mae"]
    assert (high - low) / (tight_high - tight_low) == pytest.approx(2, rel=0.1)


def test_rows_of_one_entity_are_drawn_together() -> None:
    """Each row twice is no new information: drawn by entity, the interval is that of the single rows."""
    made = sample("regression")
    doubled, entity = made.take(np.repeat(np.arange(300), 2)), np.repeat(np.arange(300), 2)
    single = np.ptp(intervals(made, 2000, 0)["mae"])
    assert np.ptp(intervals(doubled, 2000, 0, Units(600, groups=entity))["mae"]) == pytest.approx(single, rel=0.1)
    assert np.ptp(intervals(doubled, 2000, 0)["mae"]) < 0.8 * single


def test_few_rows_get_no_interval() -> None:
    assert intervals(sample("binary").take(np.arange(50)), 200, 0) == {}


def test_a_metric_that_few_resamples_define_gets_no_interval() -> None:
    drawn = np.concatenate([np.full(80, 0.5), np.full(20, np.nan)])
    assert percentile_interval(drawn) is None
    assert percentile_interval(drawn[:85]) == (0.5, 0.5)


def test_blocks_do_not_change_the_number_of_resamples() -> None:
    assert len(resample([sample("binary").take(np.tile(np.arange(300), 40))], 211, 0)[0]["accuracy"]) == 211


def test_a_rare_class_gets_no_interval_of_its_metrics() -> None:
    """With 3 positives of 300 the bootstrap's interval of ROC AUC holds the truth in 69 of 100 cases."""
    made = sample("binary")
    kept = np.concatenate([np.flatnonzero(made.y == 0), np.flatnonzero(made.y == 1)[:10]])
    assert set(intervals(made.take(kept), 200, 0)) == set()
