"""The project's own metrics: measured beside the built-in ones; one line about each that cannot be."""

import runpy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.compare.verdicts import compare
from harness.core.errors import ProjectError
from harness.evaluate.bootstrap import OWN_RESAMPLES, Subset, intervals, resample
from harness.evaluate.own_metrics import OwnMetric, check_names, check_own
from src.metrics import METRICS, recall_at_5_percent
from tests.support.project import Project
from tests.support.samples import sample

MISSPELT: Any = "hihger"


def test_the_example_is_off_and_works() -> None:
    assert METRICS == {}
    y, scores = np.r_[np.ones(5, int), np.zeros(95, int)], np.linspace(1, 0, 100)
    assert recall_at_5_percent(y, scores) == 1
    assert recall_at_5_percent(y[::-1], scores) == 0
    assert np.isnan(recall_at_5_percent(np.zeros(10, int), np.zeros(10)))


@pytest.mark.parametrize(("task", "shape"), [("binary", (300,)), ("multiclass", (300, 4)), ("regression", (300,))])
def test_an_own_metric_is_measured_last_and_gets_scores_in_the_shape_that_is_told(task: str, shape: Any) -> None:
    seen: list[Any] = []

    def mine(y: Any, scores: Any) -> float:
        seen.append((y.shape, scores.shape))
        return 0.25

    estimates = replace(sample(task), own={"mine": OwnMetric(mine)}).estimates()
    assert (list(estimates)[-1], estimates["mine"], seen) == ("mine", 0.25, [((300,), shape)])


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda y, _scores: y[10**6], "src/metrics.py: mine failed: IndexError: index 1000000"),
        (lambda y, _scores: y.sort(), "src/metrics.py: mine failed: ValueError: (sort array|array) is read-only"),
        (lambda _y, scores: scores.fill(0), "src/metrics.py: mine failed: ValueError: assignment destination is read"),
        (lambda _y, _scores: "0.5", "src/metrics.py: mine must return a number, got str"),
        (lambda _y, _scores: True, "src/metrics.py: mine must return a number, got bool"),
        (lambda _y, _scores: np.complex128(1j), "src/metrics.py: mine must return a number, got complex128"),
        (lambda _y, _scores: 10**400, "src/metrics.py: mine returned a number that is too large"),
    ],
)
def test_an_own_metric_that_fails_is_told_in_one_line(function: Any, message: str) -> None:
    with pytest.raises(ProjectError, match=message):
        replace(sample("binary"), own={"mine": OwnMetric(function)}).estimates()


def test_the_line_of_an_own_metric_that_fails_is_told(tmp_path: Path) -> None:
    content = "def mine(y, scores):\n    x = 1\n    raise ValueError('two\\nlines')\n"
    (tmp_path / "metrics.py").write_text(content)
    held = runpy.run_path(str(tmp_path / "metrics.py"))
    with pytest.raises(ProjectError, match=r"^src/metrics\.py:3: mine failed: ValueError: two lines$"):
        replace(sample("binary"), own={"mine": OwnMetric(held["mine"])}).estimates()


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_an_own_metric_without_a_number_for_all_test_rows_stops_the_evaluation(
    project: Project, monkeypatch: pytest.MonkeyPatch, value: float
) -> None:
    project.run()
    before = project.artifacts()
    monkeypatch.setattr("src.metrics.METRICS", {"mine": OwnMetric(lambda _y, _scores: value)})
    with pytest.raises(ProjectError, match=rf"src/metrics.py: mine returned {value} for all \d+ test rows$"):
        project.run(["evaluate"])
    assert project.artifacts() == before


@pytest.mark.parametrize(
    ("own", "message"),
    [
        (None, "METRICS must be a dict of name to OwnMetric, got NoneType"),
        ([recall_at_5_percent], "METRICS must be a dict of name to OwnMetric, got list"),
        ({"accuracy": OwnMetric(recall_at_5_percent)}, "METRICS\\['accuracy'\\] is a built-in metric's name; take an"),
        (
            {"recall": OwnMetric(recall_at_5_percent, MISSPELT)},
            "METRICS\\['recall'\\]: better must be higher or lower, ",
        ),
        ({"two\nlines": OwnMetric(recall_at_5_percent)}, "METRICS\\['two.nlines'\\] needs a name of 1 to 100 print"),
        ({"recall": recall_at_5_percent}, "METRICS\\['recall'\\] must be an OwnMetric, got <function"),
    ],
)
def test_what_switches_no_metric_on_is_told_in_one_line(own: Any, message: str) -> None:
    with pytest.raises(ProjectError, match=f"src/metrics.py: {message}"):
        check_own(own)


def test_metrics_under_another_name_are_told_and_not_passed_over() -> None:
    mine = OwnMetric(recall_at_5_percent)
    strange: dict[str, object] = {"metrics": {"a": 1}, "METRIC": {}, "EXTRA": {"mine": mine}, "mine": mine}
    for name, value in strange.items():
        with pytest.raises(
            ProjectError, match=f"^src/metrics.py: {name} is not used: only what METRICS holds is measured"
        ):
            check_names({name: value}, {})
    others: dict[str, object] = {"EXTRA": {"mine": mine}, "WEIGHTS": {"yes": 2}, "LIMIT": 0.05}
    check_names({**others, "METRICS": {"mine": mine}}, {"mine": mine})


def test_an_own_metric_gets_an_interval_from_fewer_resamples() -> None:
    own = {"hits": OwnMetric(lambda y, scores: float(((scores >= 0.4) == y).mean()))}
    made = replace(sample("binary"), own=own)
    low, high = intervals(made, 2000, 0)["hits"]
    assert (low, high) == pytest.approx(intervals(made, 2000, 0)["accuracy"], abs=0.02)
    assert np.isfinite(resample([made], 2000, 0)[0]["hits"]).sum() == OWN_RESAMPLES


def test_an_own_metric_gets_a_joint_interval_and_a_verdict_on_slices_too() -> None:
    own = {"hits": OwnMetric(lambda y, scores: float(((scores >= 0.4) == y).mean()))}
    made = replace(sample("binary"), own=own)
    spoilt = replace(made, scores=made.scores[:, ::-1].copy())
    whole, part = compare([made], [spoilt], [Subset(), Subset(np.arange(200), ("hits",))], "hits", 500, 0)
    verdicts = {change.metric: change.verdict for change in whole}
    assert (verdicts["hits"], part[0].verdict) == ("worse", "worse")


def test_an_own_metric_that_resamples_leave_undefined_gets_no_interval() -> None:
    whole = sample("binary")

    def fussy(y: Any, _scores: Any) -> float:
        return float("nan") if y.mean() < whole.y.mean() else 0.5

    made = replace(whole, own={"fussy": OwnMetric(fussy)})
    assert "fussy" not in intervals(made, 500, 0)
    change = next(c for c in compare([made], [made], [Subset()], "roc_auc", 500, 0)[0] if c.metric == "fussy")
    assert change.verdict == "not evaluable"
