"""Two models on the same rows: what is said of the change, and what is not."""

import tracemalloc
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from harness.compare.verdicts import compare, count_flips, verdict
from harness.evaluate.bootstrap import Subset
from harness.evaluate.formulas import Truth
from harness.evaluate.metrics import KNOWN_METRICS
from harness.evaluate.own_metrics import OwnMetric
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


def changes(base: Sample, candidate: Sample, resamples: int = 200) -> list[Change]:
    """The changes on all rows, the first metric as the primary one."""
    return compare([base], [candidate], [Subset()], base.names()[0], resamples, seed=0)[0]


def named(changes: list[Change], metric: str) -> Change:
    return next(change for change in changes if change.metric == metric)


@pytest.mark.parametrize("task", KNOWN_METRICS)
def test_a_model_against_itself_changes_nothing(task: str) -> None:
    for change in changes(sample(task), sample(task)):
        assert (change.change, change.low, change.high) in {(0, 0, 0), (0, None, None)}
        assert change.verdict in {"no evidence", "not evaluable"}


@pytest.mark.parametrize(
    ("task", "metric"), [("binary", "roc_auc"), ("multiclass", "roc_auc_ovr"), ("regression", "rmse")]
)
def test_a_blurred_model_is_worse_and_the_other_way_round_better(task: str, metric: str) -> None:
    made = sample(task)
    blurred = worse(made, 3.0)
    assert named(changes(made, blurred, 500), metric).verdict == "worse"
    assert named(changes(blurred, made, 500), metric).verdict == "better"


def test_no_interval_leaves_what_a_change_can_be() -> None:
    """Those of accuracy and F1 ended beyond −1."""
    y = (np.arange(250) % 4 == 0).astype(np.int64)
    rng = np.random.default_rng(0)
    scores = [np.clip(side + rng.normal(0, 0.2, 250), 0, 1) for side in (y, 1 - y)]
    base, candidate = (Sample("binary", y, np.column_stack([1 - one, one]), 0.5) for one in scores)
    found = changes(base, candidate)
    assert {named(found, name).low for name in ("accuracy", "balanced_accuracy", "f1")} == {-1}
    assert {named(found, name).verdict for name in ("accuracy", "balanced_accuracy", "f1")} == {"worse"}


def test_the_change_is_paired() -> None:
    """Nearly equal models: the change is known far better than either value is."""
    made = sample("binary")
    change = named(changes(made, worse(made, 0.01), 1000), "roc_auc")
    (alone,) = (c for c in changes(made, worse(made, 3.0), 1000) if c.metric == "roc_auc")
    assert change.detectable is not None
    assert alone.detectable is not None
    assert change.detectable < alone.detectable / 5


def test_a_metric_without_honest_interval_gets_no_verdict() -> None:
    made = sample("binary")
    assert named(changes(made, worse(made, 3.0)), "expected_calibration_error").verdict == "not evaluable"
    few = np.arange(60)
    assert {c.verdict for c in changes(made.take(few), worse(made, 3.0).take(few))} == {"not evaluable"}


@pytest.mark.parametrize("task", KNOWN_METRICS)
@pytest.mark.parametrize("noise", [0.0, 0.3, 1.0, 3.0])
def test_a_verdict_is_what_its_interval_says(task: str, noise: float) -> None:
    made = sample(task)
    halves = [Subset(np.arange(0, 300, 2), (made.names()[0],)), Subset(np.arange(1, 300, 2), (made.names()[0],))]
    for table in compare([made], [worse(made, noise)], [Subset(), *halves], made.names()[0], 300, 0):
        for change in table:
            if change.low is None or change.high is None:
                assert (change.verdict, bool(change.reason)) == ("not evaluable", True)
            else:
                assert change.verdict == verdict(change.low, change.high, change.better)
                assert change.change == pytest.approx((change.low + change.high) / 2)


def test_more_trainings_put_their_noise_into_the_interval() -> None:
    """Five trainings that differ much: the mean change may be chance, however sure it is on these rows."""
    made = sample("binary")
    trained = [worse(made, noise, seed) for seed, noise in enumerate([0.0, 4.0, 0.1, 5.0, 0.2])]
    alone = named(compare([made], [trained[3]], [Subset()], "roc_auc", 500, 0)[0], "roc_auc")
    several = named(compare([made] * 5, trained, [Subset()], "roc_auc", 500, 0)[0], "roc_auc")
    assert (alone.verdict, several.verdict) == ("worse", "no evidence")
    assert several.base == alone.base
    assert several.candidate == named(changes(made, trained[0]), "roc_auc").candidate  # the shipped model's


def test_trainings_that_are_equal_have_no_noise() -> None:
    made = sample("binary")
    once = compare([made], [worse(made, 1.0)], [Subset()], "roc_auc", 300, 0)
    assert compare([made] * 3, [worse(made, 1.0)] * 3, [Subset()], "roc_auc", 300, 0) == once


def test_a_slice_without_rows_in_some_resamples_has_no_interval_and_says_why() -> None:
    made = sample("regression")
    found = compare([made], [worse(made, 1.0)], [Subset(), Subset(np.arange(40), ("mae",))], "rmse", 200, 0)[1]
    assert [(change.verdict, change.reason) for change in found] == [
        ("not evaluable", "40 rows, 60 more are needed for an interval")
    ]


def test_a_metric_that_never_varies_has_an_interval_of_no_width() -> None:
    made = sample("binary")
    flat = Sample("binary", made.y, np.full_like(made.scores, 0.5), 0.5)
    change = named(changes(flat, flat), "roc_auc")
    assert (change.base, change.low, change.high, change.verdict) == (0.5, 0, 0, "no evidence")


def test_a_metric_that_the_rows_do_not_define_says_so() -> None:
    """As R² of a target that is one value."""
    rng = np.random.default_rng(0)
    base, candidate = (Sample("regression", np.full(300, 5.0), 5 + rng.normal(size=(300, 1))) for _ in range(2))
    found = changes(base, candidate)
    assert named(found, "r2").verdict == "not evaluable"
    assert named(found, "r2").reason
    assert named(found, "mae").low is not None


def test_many_rows_and_slices_take_memory_by_the_row() -> None:
    """Of a slice only what its metric needs is kept: a million rows and 20 slices fit into one gigabyte."""
    rows, rng = 100_000, np.random.default_rng(0)
    y, chance, dealt = rng.integers(0, 2, rows), rng.random((2, rows)), rng.integers(0, 20, rows)
    models = [Sample("binary", y, np.column_stack([1 - c, c]), 0.5) for c in chance]
    parts = [Subset(), *(Subset(np.flatnonzero(dealt == i), ("roc_auc",)) for i in range(20))]
    tracemalloc.start()
    compare(models[:1], models[1:], parts, "roc_auc", 8, 0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak / rows < 1000


def test_flips_are_counted_by_direction() -> None:
    y = np.array([0, 1, 2, 0, 1])
    before, after = np.array([0, 0, 0, 1, 1]), np.array([0, 1, 1, 1, 0])
    samples = [Sample("multiclass", y, np.eye(3)[labels]) for labels in (before, after)]
    flips = count_flips(*samples)
    assert flips is not None
    assert (flips.to_right, flips.to_wrong, flips.wrong_to_wrong) == (1, 1, 1)
    assert count_flips(sample("regression"), sample("regression")) is None


@pytest.mark.parametrize("metric", ["accuracy", "balanced_accuracy", "f1"])
def test_a_change_of_labels_that_hardly_differ_has_an_interval_of_some_width(metric: str) -> None:
    """Two models that call no row positive, or the same ones, may differ on other rows: [0, 0] held in 6 of 100."""
    y = (np.arange(4000) < 40).astype(int)
    chances = [np.random.default_rng(seed).uniform(0.01, 0.4, 4000) for seed in (0, 1)]
    quiet = [Sample("binary", y, np.column_stack([1 - chance, chance]), 0.5) for chance in chances]
    change = named(compare([quiet[0]], [quiet[1]], [Subset()], "roc_auc", 200, 0)[0], metric)
    one_row = 1 / 4000 if metric == "accuracy" else 1 / 80 if metric == "balanced_accuracy" else 2 / 40
    assert change.low is not None
    assert (change.change, change.verdict) == (0, "no evidence")
    assert change.low < -2 * one_row


@pytest.mark.parametrize(
    ("of_base", "reason"),
    [
        (lambda y, scores: np.inf if y.sum() > 178 else float(scores.mean()), ""),  # in 18 of 200 resamples
        (lambda _, scores: 1e200 * float(scores.mean()), "its values are too large for an interval"),
    ],
)
def test_a_metric_of_ones_own_without_bounds_does_not_spoil_the_others(
    of_base: Callable[[Truth, Truth], float], reason: str
) -> None:
    """The report ended with numpy's LinAlgError."""
    made, blurred = sample("binary"), worse(sample("binary"), 0.5)
    own = [OwnMetric(of_base), OwnMetric(lambda _, scores: float(scores.mean()))]
    found = changes(replace(made, own={"mine": own[0]}), replace(blurred, own={"mine": own[1]}))
    assert named(found, "mine").reason == reason
    assert (named(found, "mine").low is None) is bool(reason)
    assert named(found, "roc_auc") == named(changes(made, blurred), "roc_auc")
