"""Every metric is scikit-learn's, for the rows as they are and for any weighting."""

from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sk

from harness.evaluate.calibration import calibration_bins
from harness.evaluate.metrics import KNOWN_METRICS
from harness.evaluate.sample import Sample
from tests.support.samples import ROWS, sample


def by_scikit_learn(made: Sample, weights: Any) -> dict[str, float]:
    y, p, called, w = made.y, made.scores, made.labels, {"sample_weight": weights}
    if made.task == "regression":
        value = p[:, 0]
        return {
            "rmse": sk.root_mean_squared_error(y, value, **w),
            "mae": sk.mean_absolute_error(y, value, **w),
            "r2": sk.r2_score(y, value, **w),
        }
    common = {
        "log_loss": sk.log_loss(y, p, **w),
        "accuracy": sk.accuracy_score(y, called, **w),
        "balanced_accuracy": sk.balanced_accuracy_score(y, called, **w),
    }
    if made.task == "binary":
        return common | {
            "roc_auc": sk.roc_auc_score(y, p[:, 1], **w),
            "average_precision": sk.average_precision_score(y, p[:, 1], **w),
            "brier": sk.brier_score_loss(y, p[:, 1], **w),
            "f1": sk.f1_score(y, called, **w),
        }
    one_hot = np.eye(p.shape[1])[y]
    return common | {
        "roc_auc_ovr": sk.roc_auc_score(y, p, multi_class="ovr", average="macro", **w),
        "average_precision_macro": sk.average_precision_score(one_hot, p, average="macro", **w),
        "brier": float(np.average(((p - one_hot) ** 2).sum(axis=1), weights=weights)),
        "f1_macro": sk.f1_score(y, called, average="macro", **w),
    }


@pytest.mark.parametrize("ties", [True, False])
@pytest.mark.parametrize("task", KNOWN_METRICS)
def test_estimates_and_resamples_are_scikit_learns(task: str, ties: bool) -> None:
    made = sample(task, ties=ties)
    rng = np.random.default_rng(1)
    drawn = np.array(
        [np.ones(ROWS), *(np.bincount(rng.integers(0, ROWS, ROWS), minlength=ROWS) for _ in range(3))], dtype=float
    )
    values = made.values(drawn)
    for position, weights in enumerate(drawn):
        expected = by_scikit_learn(made, weights)
        found = {name: float(values[name][position]) for name in expected}
        assert found == pytest.approx(expected, rel=1e-9)


def test_the_median_error_is_numpys() -> None:
    made = sample("regression")
    errors = np.abs(made.scores[:, 0] - made.y)
    weights = np.zeros((2, ROWS))
    weights[0, :4], weights[1, :5] = 1, 1
    assert made.values(weights)["median_absolute_error"].tolist() == [np.median(errors[:4]), np.median(errors[:5])]


@pytest.mark.parametrize("task", KNOWN_METRICS)
def test_every_named_metric_is_estimated(task: str) -> None:
    assert list(sample(task).estimates()) == list(KNOWN_METRICS[task])  # type: ignore[index]


def test_one_class_leaves_ranking_undefined_not_wrong() -> None:
    made = sample("binary")
    estimates = made.take(made.y == 1).estimates()
    assert np.isnan([estimates["roc_auc"], estimates["balanced_accuracy"]]).all()
    assert 0 <= estimates["accuracy"] <= 1


def test_a_class_absent_from_the_test_does_not_undo_the_rest() -> None:
    made = sample("multiclass")
    estimates = made.take(made.y != 3).estimates()
    assert np.isfinite(estimates["balanced_accuracy"])
    assert np.isnan(estimates["roc_auc_ovr"])


def test_calibration_of_perfect_and_of_hopeless_chances() -> None:
    y = np.repeat([0, 1], 50)
    certain = np.column_stack([1 - y, y]).astype(float)
    assert Sample("binary", y, certain, 0.5).estimates()["expected_calibration_error"] == 0
    assert Sample("binary", 1 - y, certain, 0.5).estimates()["expected_calibration_error"] == 1


@pytest.mark.parametrize("task", KNOWN_METRICS)
def test_calibration_bins_hold_every_row(task: str) -> None:
    made = sample(task, ties=False)
    bins = calibration_bins(made.task, made.y, made.scores)
    assert sum(part.rows for part in bins) == ROWS
    assert len(bins) == 10
    assert [part.predicted for part in bins] == sorted(part.predicted for part in bins)


def test_a_certain_mistake_costs_a_finite_log_loss() -> None:
    assert np.isfinite(
        Sample("binary", np.array([1, 0]), np.array([[1.0, 0.0], [1.0, 0.0]]), 0.5).estimates()["log_loss"]
    )
