"""The worked example. Goes when the template becomes your project."""

import json

import pytest

from harness.core.params import load_params
from tests.conftest import ROOT, Clone

pytestmark = pytest.mark.skipif(
    load_params(ROOT / "params.yaml").data.path != "data/titanic.csv", reason="the data is not the worked example's"
)


def test_survival_is_told_from_declared_columns(evaluated: Clone) -> None:
    metrics = json.loads((evaluated.folder / "artifacts/evaluation/metrics.json").read_text("utf-8"))
    assert metrics["test"]["roc_auc"] >= 0.84
    assert metrics["importance"][0]["feature"] == "sex"


def test_names_and_leaks_stay_outside(evaluated: Clone) -> None:
    for path in (evaluated.folder / "artifacts/prepared").iterdir():
        content = path.read_bytes()
        assert not any(word in content for word in (b"Allen, Miss", b"boat", b"home.dest", b"ticket")), path.name


def test_recorded_results_are_those_of_the_pipeline(evaluated: Clone) -> None:
    """On another processor the last digits may differ, and DVC then records the new ones."""
    recorded = json.loads((ROOT / "artifacts/evaluation/metrics.json").read_text("utf-8"))["test"]
    found = json.loads((evaluated.folder / "artifacts/evaluation/metrics.json").read_text("utf-8"))["test"]
    assert found == pytest.approx(recorded, abs=0.01)


def test_the_readme_shows_what_was_recorded() -> None:
    recorded = json.loads((ROOT / "artifacts/evaluation/metrics.json").read_text("utf-8"))
    intervals = {item["metric"]: item for item in recorded["intervals"]}
    readme = (ROOT / "README.md").read_text("utf-8")
    for title, name in (("ROC AUC", "roc_auc"), ("log loss", "log_loss"), ("accuracy", "accuracy")):
        low, high = intervals[name]["low"], intervals[name]["high"]
        assert f"| {title} | {recorded['test'][name]:.3f} | {low:.3f} – {high:.3f} |" in readme
