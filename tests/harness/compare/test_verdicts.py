"""Two models on the same rows: what is said of the change, and what is not."""

from typing import Any

import numpy as np
import pytest

from harness.compare.verdicts import DETECTABLE, compare, correct_verdicts, count_flips, empty_change
from harness.evaluate.metrics import KNOWN_METRICS
from harness.evaluate.sample import Sample
from harness.report.report import Change
from tests.support.samples import sample


def worse(made: Sample, noise: float, seed: int = 1) -> Sample:
    """The same rows with scores blurred by noise."""
    rng = np.random.default_rng(seed)
    if made.task == "regression":
        return Sample(made.task, made.y, made.scores + rng.normal(size=made.scores.shape) * noise * 100)
    scores = made.scores + rng.uniform(size=made.scores.shape) * noise
    return Sample(made.task, made.y, scores / scores.sum(axis=1, keepdims=True), made.threshold)


def named(changes: list[Change], metric: str) -> Change:
    return next(change for change in changes if change.metric == metric)


@pytest.mark.parametrize("task", KNOWN_METRICS)
def test_a_model_against_itself_changes_nothing(task: str) -> None:
    for change in compare(sample(task), sample(task), 200, seed=0):
        assert (change.change, change.low, change.high) in {(0, 0, 0), (0, None, None)}
        assert change.verdict in {"no evidence", "not evaluable"}


@pytest.mark.parametrize(
    ("task", "metric"), [("binary", "roc_auc"), ("multiclass", "roc_auc_ovr"), ("regression", "rmse")]
)
def test_a_blurred_model_is_worse_and_the_other_way_round_better(task: str, metric: str) -> None:
    made = sample(task)
    blurred = worse(made, 3.0)
    assert named(compare(made, blurred, 500, seed=0), metric).verdict == "worse"
    assert named(compare(blurred, made, 500, seed=0), metric).verdict == "better"


def test_the_change_is_paired() -> None:
    """Nearly equal models: the change is known far better than either value is."""
    made = sample("binary")
    change = named(compare(made, worse(made, 0.01), 1000, seed=0), "roc_auc")
    (alone,) = (c for c in compare(made, worse(made, 3.0), 1000, seed=0) if c.metric == "roc_auc")
    assert change.detectable is not None
    assert alone.detectable is not None
    assert change.detectable < alone.detectable / 5


def test_a_metric_without_honest_interval_gets_no_verdict() -> None:
    made = sample("binary")
    assert named(compare(made, worse(made, 3.0), 200, 0), "expected_calibration_error").verdict == "not evaluable"
    few = np.arange(60)
    assert {c.verdict for c in compare(made.take(few), worse(made, 3.0).take(few), 200, 0)} == {"not evaluable"}


def change(metric: str, z: float) -> Change:
    """A change of z standard errors."""
    values: dict[str, Any] = {"base": 0.5, "candidate": 0.5 + z, "change": z, "low": z - 1.96, "high": z + 1.96}
    return Change(
        metric=metric, better="higher", detectable=DETECTABLE, verdict="better" if z > 1.96 else "no evidence", **values
    )


def verdicts(*tables: list[Change]) -> list[list[str]]:
    return [[change.verdict for change in table] for table in correct_verdicts(tables, "primary")]


def test_holm_takes_back_what_many_tests_explain() -> None:
    """1 % for three others: 3.0 standard errors pass a third of it, 2.7 not a half."""
    tables = [change("primary", 2.0), change("a", 2.7), change("b", 3.0)], [change("primary", 2.5)]
    assert verdicts(*tables) == [["no evidence", "no evidence", "better"], ["no evidence"]]


def test_a_headline_needs_more_than_an_interval_that_leaves_out_zero() -> None:
    assert verdicts([change("primary", 2.04)]) == [["no evidence"]]
    assert verdicts([change("primary", 2.06)]) == [["better"]]


def test_a_decided_headline_leaves_its_share_to_the_others() -> None:
    assert verdicts([change("primary", 0.0), change("a", 2.0)]) == [["no evidence", "no evidence"]]
    assert verdicts([change("primary", 3.0), change("a", 2.0)]) == [["better", "better"]]


def test_a_headline_that_cannot_be_tested_spends_nothing() -> None:
    untested = empty_change("primary", "higher", "not evaluable")
    assert verdicts([untested, change("a", 2.0)]) == [["not evaluable", "better"]]


def test_no_verdict_contradicts_its_interval() -> None:
    """The resamples may be skew: two standard errors off, and 0 still inside the interval."""
    skew = change("primary", 3.0).model_copy(update={"low": -0.1, "verdict": "no evidence"})
    assert verdicts([skew]) == [["no evidence"]]


def test_flips_are_counted_by_direction() -> None:
    y = np.array([0, 1, 2, 0, 1])
    before, after = np.array([0, 0, 0, 1, 1]), np.array([0, 1, 1, 1, 0])
    samples = [Sample("multiclass", y, np.eye(3)[labels]) for labels in (before, after)]
    flips = count_flips(*samples)
    assert flips is not None
    assert (flips.to_right, flips.to_wrong, flips.wrong_to_wrong) == (1, 1, 1)
    assert count_flips(sample("regression"), sample("regression")) is None
