"""Built-in metrics that params.yaml asks for: scikit-learn's, with intervals and verdicts, set by who judges."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sk

from harness.compare.base_model import Base
from harness.compare.judges import choose_judges
from harness.compare.verdicts import compare
from harness.compare.yardsticks import choose_yardsticks
from harness.core.contract import Task
from harness.core.errors import ProjectError
from harness.core.params import Params
from harness.evaluate.bootstrap import Subset, intervals
from harness.evaluate.evaluation import check_primary
from harness.evaluate.further import FURTHER_METRICS, FurtherMetric, further_metrics
from harness.evaluate.honest import why_no_interval
from harness.evaluate.project_metrics import project_metrics
from harness.evaluate.sample import Sample
from tests.support.project import Project
from tests.support.samples import sample
from tests.support.tables import contract, settings


def params_of(task: str, evaluate: dict[str, Any] | None = None, costs: tuple[float, float] = (1, 1)) -> Params:
    made = settings(task)
    made["evaluate"] |= evaluate or {}
    made["train"]["threshold"]["cost"] = dict(zip(("false_positive", "false_negative"), costs, strict=True))
    return Params.model_validate(made)


def measured(task: Task, ties: bool = True, **chosen: Any) -> Sample:
    """A sample with every further metric of its task."""
    evaluate = params_of(task, {"further": list(FURTHER_METRICS[task]), **chosen}, (1, 5))
    own = further_metrics(task, evaluate.evaluate, evaluate.train.threshold.cost)
    made = sample(task, ties=ties)
    return replace(made, own=own, scores=made.scores.clip(0))


def by_scikit_learn(made: Sample, weights: Any) -> dict[str, float]:
    y, w = made.y, {"sample_weight": weights}
    if made.task == "regression":
        return {"rmsle": sk.root_mean_squared_log_error(y, made.scores[:, 0], **w)}
    correlation = sk.matthews_corrcoef(y, made.labels, **w)
    if made.task == "multiclass":
        return {"matthews_corrcoef": correlation, "top_k_accuracy": sk.top_k_accuracy_score(y, made.scores, k=2, **w)}
    precision, recall, _ = sk.precision_recall_curve(y, made.scores[:, 1], **w)
    (_, false_positive), (false_negative, _) = sk.confusion_matrix(y, made.labels, **w)
    return {
        "matthews_corrcoef": correlation,
        "recall_at_precision": recall[precision >= 0.8].max(),
        "cost": (false_positive + 5 * false_negative) / weights.sum(),
    }


@pytest.mark.parametrize("ties", [True, False])
@pytest.mark.parametrize("task", FURTHER_METRICS)
def test_each_is_scikit_learns_for_any_weighting(task: Task, ties: bool) -> None:
    made = measured(task, ties, precision=0.8)
    rng = np.random.default_rng(1)
    rows = len(made.y)
    drawn = np.array(
        [np.ones(rows), *(np.bincount(rng.integers(0, rows, rows), minlength=rows) for _ in range(3))], float
    )
    values = made.values(drawn, list(made.own))
    for position, weights in enumerate(drawn):
        found = {name: float(values[name][position]) for name in made.own}
        assert found == pytest.approx(by_scikit_learn(made, weights), rel=1e-9)
    assert list(made.estimates())[-len(made.own) :] == list(made.own)


def test_a_recall_of_few_rows_that_are_found_has_no_interval() -> None:
    """Of 2,000 positive rows a threshold found 8: the interval held the truth in 76 of 100 cases."""
    small = measured("binary")
    made = replace(small, y=np.tile(small.y, 28), scores=np.tile(small.scores, (28, 1)))
    assert why_no_interval("recall_at_precision", made) == ""
    scores = np.tile([0.9, 0.1], (len(made.y), 1))
    scores[np.flatnonzero(made.y == 1)[:8]] = [0.1, 0.9]
    few = replace(made, scores=scores)
    assert (
        why_no_interval("recall_at_precision", few) == "its threshold finds 8 rows, 22 more are needed for an interval"
    )


@pytest.mark.parametrize("task", FURTHER_METRICS)
def test_each_has_an_interval_and_a_verdict_on_slices_too(task: Task) -> None:
    small = measured(task)
    made = replace(small, y=np.tile(small.y, 28), scores=np.tile(small.scores, (28, 1)))
    if task == "multiclass":  # or the true class is always among the likeliest two, and one value has no interval
        made = replace(made, y=np.where(np.arange(len(made.y)) % 9, made.y, (made.y + 2) % 4))
    worst = made.scores * 3 + 100 if task == "regression" else np.roll(made.scores, 1, axis=1)
    assert set(made.own) <= set(intervals(made, 300, 0))
    parts = [Subset(), Subset(np.arange(0, len(made.y), 2), tuple(made.own))]
    for found in compare([made], [replace(made, scores=worst)], parts, next(iter(made.own)), 300, 0):
        verdicts = {change.metric: change.verdict for change in found}
        assert {verdicts[name] for name in made.own} == {"worse"}


def test_what_rows_do_not_define_is_not_a_number() -> None:
    alike = Sample("binary", np.ones(50, int), np.tile([0.2, 0.8], (50, 1)), 0.5, measured("binary").own)
    assert np.isnan(alike.estimates()["matthews_corrcoef"])
    below = Sample("regression", np.array([1.0, -2.0]), np.ones((2, 1)), None, measured("regression").own)
    assert np.isnan(below.estimates()["rmsle"])


def test_the_primary_metric_is_measured_without_being_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.evaluate.project_metrics.load_own_metrics", lambda _folder: {})
    own = project_metrics(params_of("binary", {"primary": "cost"}, (1, 7)))
    check_primary(contract(), params_of("binary", {"primary": "cost"}).evaluate, own)
    (name, metric), *none = own.items()
    assert isinstance(metric, FurtherMetric)
    assert (name, metric.better, metric.settings.cost.false_negative, none) == ("cost", "lower", 7, [])


def test_unknown_names_are_refused_with_the_list() -> None:
    params = params_of("binary", {"further": ["rmsle"]})
    known = "matthews_corrcoef, recall_at_precision, cost"
    with pytest.raises(
        ProjectError, match=rf"evaluate.further must list metrics of {known} \(task.type binary\), got 'rm"
    ):
        further_metrics("binary", params.evaluate, params.train.threshold.cost)
    with pytest.raises(ProjectError, match=r"evaluate.primary must be one of roc_auc, .*, cost \(task.type binary\)"):
        check_primary(contract(), params_of("binary", {"primary": "mcc"}).evaluate, {})


def test_the_base_says_what_an_error_costs(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pull request does not redefine its own yardstick."""
    monkeypatch.setattr("harness.compare.yardsticks.load_own_metrics", dict)
    made, base = settings(), tmp_path / "base"
    made["train"]["threshold"]["cost"]["false_negative"] = 3
    project.write(params=made)
    base.mkdir()
    (tmp_path / "params.yaml").rename(base / "params.yaml")
    project.write(params=settings())
    params = params_of("binary", {"further": ["cost"]}, (1, 50))
    before = Base("0" * 40, base, "reproduced")
    own = choose_yardsticks(before, params, choose_judges(before, params), "binary")
    cost = own["cost"]
    assert isinstance(cost, FurtherMetric)
    assert cost.settings.cost.false_negative == 3
