"""The gate, rule by rule."""

from typing import Any

import pytest

from harness.compare.gate import judge, passed
from harness.core.params import Gates
from harness.report.report import Change, SliceChange


def change(
    value: float | None = 0.8, moved: float | None = 0.0, interval: tuple[float, float] | None = (-0.1, 0.1)
) -> Change:
    low, high = interval or (None, None)
    return Change(
        metric="auc",
        better="higher",
        base=None,
        candidate=value,
        change=moved,
        low=low,
        high=high,
        detectable=0.1 if interval else None,
        verdict="no evidence",
    )


def states(rule: dict[str, float], found: Change | None, state: str = "compared") -> list[str]:
    gates = Gates.model_validate({"metrics": {"auc": rule}, "slices": {}})
    return [outcome.state for outcome in judge(gates, [found] if found else [], [], state, "why")]


@pytest.mark.parametrize(
    ("rule", "found", "expected"),
    [
        ({"min": 0.8}, change(0.8), "pass"),
        ({"min": 0.8}, change(0.79), "fail"),
        ({"max": 0.5}, change(0.6), "fail"),
        ({"min": 0.8}, change(None), "fail"),
        ({"min": 0.8}, None, "fail"),
        ({"max_drop": 0.05}, change(moved=-0.2, interval=(-0.3, -0.1)), "fail"),
        ({"max_drop": 0.05}, change(moved=-0.2, interval=(-0.3, 0.01)), "pass"),  # may be chance
        ({"max_drop": 0.05}, change(moved=-0.04, interval=(-0.06, -0.02)), "pass"),  # sure, and allowed
        ({"max_drop": 0.05}, change(moved=0.2, interval=(0.1, 0.3)), "pass"),
        ({"max_rise": 0.05}, change(moved=0.2, interval=(0.1, 0.3)), "fail"),
        ({"max_rise": 0.05}, change(moved=-0.2, interval=(-0.3, -0.1)), "pass"),
        ({"max_drop": 0.05}, change(moved=-0.2, interval=None), "fail"),
        ({"max_drop": 0.05}, None, "fail"),
    ],
)
def test_a_rule_on_all_rows(rule: dict[str, float], found: Change | None, expected: str) -> None:
    assert states(rule, found) == [expected]


def test_without_a_base_rules_on_values_decide() -> None:
    assert states({"min": 0.7, "max_drop": 0.1}, change(0.8, None, None), "first run") == ["pass", "not evaluable"]


@pytest.mark.parametrize("state", ["failed", "not comparable"])
def test_without_a_comparison_the_gate_fails(state: str) -> None:
    assert states({"min": 0.7}, change(0.8, None, None), state) == ["pass", "fail"]
    assert not passed(judge(Gates(metrics={}, slices={}), [], [], state, "why"))


def slices(reason: str | None, *changes: Change) -> list[SliceChange]:
    return [SliceChange(column="sex", value="male", rows=9, not_evaluable=reason, changes=list(changes))]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (slices(None, change(moved=-0.2, interval=(-0.3, -0.1))), ["fail"]),
        (slices(None, change(moved=-0.2, interval=None)), ["not evaluable"]),
        (slices("one class only"), ["not evaluable"]),
        ([], ["fail"]),  # a rule on a slice that is gone
    ],
)
def test_a_rule_on_a_slice(parts: Any, expected: list[str]) -> None:
    gates = Gates.model_validate({"metrics": {}, "slices": {"sex": {"auc": {"max_drop": 0.05}}}})
    assert [outcome.state for outcome in judge(gates, [], parts, "compared", "")] == expected
