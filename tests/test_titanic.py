"""Yours: how the model behaves. These are the worked example's; `make adopt` removes them: write what yours must do."""

import json
from typing import Any

import pytest

from harness.core.params import load_params
from harness.core.paths import METRICS_PATH, MODEL_PATH, PREPARED
from harness.inference.predictor import Predictor, to_columns
from tests.support.clone import Clone
from tests.support.constants import ROOT

pytestmark = pytest.mark.skipif(
    load_params(ROOT / "params.yaml").data.path != "data/titanic.csv", reason="the data is not the worked example's"
)
PASSENGER = {"pclass": 2, "sex": "female", "age": 30, "sibsp": 0, "parch": 0, "fare": 20.0, "embarked": "S"}


def survival(evaluated: Clone, **changes: object) -> float:
    """The probability that the model gives a passenger."""
    predictor = Predictor(evaluated.folder / MODEL_PATH)
    row: dict[str, Any] = {**PASSENGER, **changes}
    return float(predictor.scores(to_columns([row], predictor.contract))[0, 1])


def test_survival_is_told_from_declared_columns(evaluated: Clone) -> None:
    metrics = json.loads((evaluated.folder / METRICS_PATH).read_text("utf-8"))
    assert metrics["test"]["roc_auc"] >= 0.84
    assert metrics["importance"][0]["feature"] == "sex"


def test_women_and_children_come_first(evaluated: Clone) -> None:
    assert survival(evaluated) > survival(evaluated, sex="male") + 0.3
    assert survival(evaluated, sex="male", age=4, parch=1) > survival(evaluated, sex="male", parch=1)


def test_a_better_class_helps(evaluated: Clone) -> None:
    assert survival(evaluated, pclass=1) > survival(evaluated, pclass=3)


def test_an_unknown_age_or_port_is_scored(evaluated: Clone) -> None:
    assert 0.3 < survival(evaluated, age=None, embarked=None) < 1


def test_names_and_leaks_stay_outside(evaluated: Clone) -> None:
    for path in (evaluated.folder / PREPARED).iterdir():
        content = path.read_bytes()
        assert not any(word in content for word in (b"Allen, Miss", b"boat", b"home.dest", b"ticket")), path.name


def test_recorded_results_are_those_of_the_pipeline(evaluated: Clone) -> None:
    """On another processor the last digits may differ, and DVC then records the new ones."""
    recorded = json.loads((ROOT / METRICS_PATH).read_text("utf-8"))["test"]
    found = json.loads((evaluated.folder / METRICS_PATH).read_text("utf-8"))["test"]
    assert found == pytest.approx(recorded, abs=0.01)


def test_the_readme_shows_what_was_recorded() -> None:
    recorded = json.loads((ROOT / METRICS_PATH).read_text("utf-8"))
    intervals = {item["metric"]: item for item in recorded["intervals"]}
    readme = (ROOT / "README.md").read_text("utf-8")
    for title, name in (("ROC AUC", "roc_auc"), ("log loss", "log_loss"), ("accuracy", "accuracy")):
        low, high = intervals[name]["low"], intervals[name]["high"]
        assert f"| {title} | {recorded['test'][name]:.3f} | {low:.3f} – {high:.3f} |" in readme
