"""The worked example. Goes when the template becomes your project."""

import json

import pytest

from src.params import load_params
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
