"""Whose rules decide."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.compare.base_model import Base
from harness.compare.comparison import Comparison, with_values
from harness.compare.gate import judge
from harness.compare.judges import check_gates, choose_judges
from harness.core.errors import ProjectError
from harness.core.judge_params import Gates
from harness.core.params import Params
from tests.support.tables import settings


def base(folder: Path, content: dict[str, Any], state: Any = "reproduced", published: bool = False) -> Base:
    (folder / "params.yaml").write_text(yaml.safe_dump(content))
    return Base("0" * 40, folder, state, published=published)


def lenient() -> Params:
    """A pull request that would rather not be judged."""
    made = settings()
    made["evaluate"].update(min_slice_rows=100_000, resamples=100)
    return Params.model_validate(made)


def test_the_base_says_how_and_by_what_a_change_is_judged(tmp_path: Path) -> None:
    content = settings()
    content["gates"]["metrics"] = {"roc_auc": {"min": 0.7}}
    found = choose_judges(base(tmp_path, content), lenient())
    assert (found.source, found.folder, found.unreadable) == ("base", tmp_path, "")
    assert (found.evaluate.min_slice_rows, found.evaluate.resamples) == (10, 200)
    assert found.gates.metrics["roc_auc"].min == 0.7


@pytest.mark.parametrize(
    ("state", "published", "source"), [("first run", False, "candidate"), ("reproduced", True, "main")]
)
def test_where_there_is_no_base_and_on_main_its_own_rules_decide(
    tmp_path: Path, state: str, published: bool, source: str
) -> None:
    found = choose_judges(base(tmp_path, settings(), state, published), lenient())
    assert (found.source, found.evaluate.min_slice_rows) == (source, 100_000)


@pytest.mark.parametrize(
    ("section", "value", "reason"),
    [
        ("gates", {"metrics": {"roc_auc": {"minimum": 0.7}}, "slices": {}}, "gates.metrics.roc_auc.minimum: Extra"),
        ("gates", None, "gates: Input should be a valid dictionary"),
        ("evaluate", {"primary": "roc_auc"}, "evaluate.resamples: Field required"),
    ],
)
def test_rules_that_cannot_be_read_fail_and_say_why(tmp_path: Path, section: str, value: Any, reason: str) -> None:
    found = choose_judges(base(tmp_path, settings() | {section: value}), lenient())
    assert f"params.yaml: {reason}" in found.unreadable
    found = choose_judges(base(tmp_path, {}), lenient())
    assert found.unreadable == "params.yaml: evaluate is missing; a maintainer has to decide"


def test_what_make_adopt_brings_is_judged_by_its_own_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gate of the pull request that adopts once failed, whatever it did: "not comparable"."""
    ours = tmp_path / "ours"
    ours.mkdir()
    monkeypatch.chdir(ours)
    example = settings() | {"data": {"path": "data/titanic.csv"}}
    for path, source in (("data/wine.csv", "candidate"), ("data/titanic.csv", "base")):
        (ours / "params.yaml").write_text(yaml.safe_dump(settings() | {"data": {"path": path}}), "utf-8")
        assert choose_judges(base(tmp_path, example), lenient()).source == source
    (ours / "params.yaml").write_text(yaml.safe_dump(settings() | {"data": {"path": "data/wine.csv"}}), "utf-8")
    other = settings() | {"data": {"path": "data/beer.csv"}}
    assert choose_judges(base(tmp_path, other), lenient()).source == "base"


@pytest.mark.parametrize(
    ("gates", "message"),
    [
        (
            {"metrics": {"roc_acu": {"min": 0.8}}, "slices": {}},
            "gates.metrics.roc_acu: roc_acu is not a known metric \\(did you mean roc_auc\\?\\); known are roc",
        ),
        (
            {"metrics": {}, "slices": {"sex": {"auc": {"min": 0.8}}}},
            "gates.slices.sex.auc: auc is not a known metric \\(did you mean roc_auc\\?\\); known are ",
        ),
        (
            {"metrics": {"expected_calibration_error": {"max": 0.1}}, "slices": {}},
            "gates.metrics.expected_calibration_error: no rule can use it, because chance alone makes it",
        ),
        (
            {"metrics": {"log_loss": {"max_drop": 0.02}}, "slices": {}},
            "gates.metrics.log_loss.max_drop: a lower log_loss is better, .* fail only improvements; use max_rise$",
        ),
        (
            {"metrics": {"roc_auc": {"max_rise_from_best": 0.02}}, "slices": {}},
            "gates.metrics.roc_auc.max_rise_from_best: a higher roc_auc is better.*; use max_drop_from_best$",
        ),
        (
            {"metrics": {}, "slices": {"sex": {"calibration_slope": {"max_drop": 0.1}}}},
            "gates.slices.sex.calibration_slope.max_drop: a change of calibration_slope has no interval; use min",
        ),
    ],
)
def test_a_rule_names_a_metric(gates: Any, message: str) -> None:
    with pytest.raises(ProjectError, match=message):
        check_gates(Gates.model_validate(gates), "binary", {})


def test_a_rule_may_name_the_slope_of_the_calibration() -> None:
    gates = Gates.model_validate({"metrics": {"calibration_slope": {"min": 0.8, "max": 1.25}}, "slices": {}})
    check_gates(gates, "binary", {})
    found = Comparison(with_values([], {"calibration_slope": 0.7}), [], "compared")
    assert [rule.state for rule in judge(gates, found)] == ["fail", "pass"]


def test_a_rule_may_limit_both_ways() -> None:
    check_gates(
        Gates.model_validate({"metrics": {"roc_auc": {"max_drop": 0, "max_rise": 0}}, "slices": {}}), "binary", {}
    )
