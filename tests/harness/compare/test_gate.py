"""The gate, rule by rule."""

from typing import Any

import pytest

from harness.compare.comparison import Comparison
from harness.compare.gate import judge, passed
from harness.core.judge_params import Gates
from harness.report.report import BestChange, Change, Rule, SliceChange


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
        reason="" if interval else "9 rows, 100 are needed for an interval",
    )


def outcomes(rule: dict[str, Any], found: Change | None, state: str = "compared", same: bool = False) -> list[Rule]:
    gates = Gates.model_validate({"metrics": {"auc": rule}, "slices": {}})
    return judge(gates, Comparison([found] if found else [], [], state, "why", same))


def states(rule: dict[str, Any], found: Change | None, state: str = "compared") -> list[str]:
    return [outcome.state for outcome in outcomes(rule, found, state)]


@pytest.mark.parametrize(
    ("rule", "found", "expected"),
    [
        ({"min": 0.8}, change(0.8), "pass"),
        ({"min": 0.8}, change(0.79), "fail"),
        ({"max": 0.5}, change(0.6), "fail"),
        ({"min": 0.8}, change(None), "fail"),
        ({"min": 0.8}, None, "fail"),
        ({"max_drop": 0.05}, change(moved=-0.2, interval=(-0.3, -0.1)), "fail"),
        ({"max_drop": 0.05}, change(moved=-0.2, interval=(-0.3, 0.01)), "undecided"),  # may be chance
        ({"max_drop": 0.05}, change(moved=-0.04, interval=(-0.045, -0.02)), "pass"),  # sure, and allowed
        ({"max_drop": 0.05}, change(moved=-0.04, interval=(-0.06, -0.02)), "undecided"),  # a larger drop is possible
        ({"max_drop": 0.05, "strict": True}, change(moved=-0.04, interval=(-0.06, -0.02)), "fail"),
        ({"max_drop": 0.05}, change(moved=0.2, interval=(0.1, 0.3)), "pass"),
        ({"max_rise": 0.05}, change(moved=0.2, interval=(0.1, 0.3)), "fail"),
        ({"max_rise": 0.05}, change(moved=-0.2, interval=(-0.3, -0.1)), "pass"),
        ({"max_drop": 0.05}, change(moved=-0.2, interval=None), "fail"),
        ({"max_drop": 0.05}, None, "fail"),
    ],
)
def test_a_rule_on_all_rows(rule: dict[str, float], found: Change | None, expected: str) -> None:
    assert states(rule, found) == [expected]


@pytest.mark.parametrize(
    ("rule", "before", "told"),
    [
        ({"min": 0.8}, 0.75, "the base fails it too: 0.7500"),
        ({"min": 0.8}, 0.85, ""),
        ({"max": 0.7}, 0.9, "the base fails it too: 0.9000"),
    ],
)
def test_an_absolute_rule_that_the_base_fails_too_is_shown_as_such(
    rule: dict[str, float], before: float, told: str
) -> None:
    (found,) = outcomes(rule, change(0.79).model_copy(update={"base": before}))
    assert (found.state, found.reason) == ("fail", told)


def test_without_a_base_rules_on_values_decide() -> None:
    assert states({"min": 0.7, "max_drop": 0.1}, change(0.8, None, None), "first run") == ["pass", "not evaluable"]


@pytest.mark.parametrize("state", ["failed", "not comparable"])
def test_without_a_comparison_the_gate_fails(state: str) -> None:
    assert states({"min": 0.7}, change(0.8, None, None), state) == ["pass", "fail"]
    assert not passed(judge(Gates(metrics={}, slices={}), Comparison([], [], state, "why")))


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
    assert [outcome.state for outcome in judge(gates, Comparison([], parts, "compared"))] == expected


def test_what_is_not_shown_is_said_in_numbers() -> None:
    (rule,) = outcomes({"max_drop": 0.01}, change(moved=-0.01, interval=(-0.04, 0.02)))
    assert rule.reason == (
        "the true drop may be up to 0.0400; these rows catch a drop of 0.1000 in 4 of 5 cases; "
        "the allowance is smaller than these rows can show"
    )
    (rule,) = outcomes({"max_rise": 0.1}, change(moved=0.09, interval=(0.04, 0.14)))
    assert rule.reason == "the true rise may be up to 0.1400; these rows catch a rise of 0.1500 in 4 of 5 cases"


def test_equal_model_files_pass_every_rule_on_a_change() -> None:
    """As a pull request that changes only the README, with too few rows for any interval."""
    (rule,) = outcomes({"max_drop": 0.05}, change(moved=0, interval=None), same=True)
    assert (rule.state, rule.reason) == ("pass", "the model file is the same")


def beside_best(found: Change | None, reason: str = "", same: bool = False) -> list[BestChange]:
    return [BestChange(metric="auc", commit="c" * 40, models=7, rows=262, change=found, reason=reason, same_model=same)]


@pytest.mark.parametrize(
    ("best", "strict", "expected"),
    [
        (beside_best(change(moved=-0.06, interval=(-0.09, -0.03))), False, "fail"),
        (beside_best(change(moved=-0.02, interval=(-0.04, 0))), False, "pass"),
        (beside_best(change(moved=-0.02, interval=(-0.07, 0.03))), False, "undecided"),
        (beside_best(change(moved=-0.02, interval=(-0.07, 0.03))), True, "fail"),
        (beside_best(None, "it was trained on every test row"), False, "not evaluable"),
        (beside_best(change(moved=0, interval=None), same=True), False, "pass"),
        ([], False, "not evaluable"),
    ],
)
def test_a_rule_against_the_best_published_model(best: Any, strict: bool, expected: str) -> None:
    rule = {"max_drop_from_best": 0.05, "strict": strict}
    gates = Gates.model_validate({"metrics": {"auc": rule}, "slices": {}})
    (outcome,) = judge(gates, Comparison([change()], [], "compared", best=best))
    assert (outcome.rule, outcome.state) == ("auc max_drop_from_best 0.05", expected)


def test_ten_small_losses_do_not_add_up() -> None:
    """Each is within its allowance against the base; against the best of those that were published the tenth is not."""
    gates = Gates.model_validate({"metrics": {"auc": {"max_drop": 0.01, "max_drop_from_best": 0.05}}, "slices": {}})
    small, whole = (change(moved=moved, interval=(moved - 0.004, moved + 0.004)) for moved in (-0.005, -0.055))
    found = judge(gates, Comparison([small], [], "compared", best=beside_best(whole)))
    assert [rule.state for rule in found] == ["pass", "fail"]
    assert found[1].reason == "the best of 7 published, cccccccccccc, has "


def test_a_slice_is_not_held_against_the_best() -> None:
    rules = {"metrics": {}, "slices": {"sex": {"auc": {"max_drop_from_best": 0.05}}}}
    with pytest.raises(ValueError, match=r"slices\.sex\.auc: from_best works for the metrics of all rows only"):
        Gates.model_validate(rules)


def test_too_few_rows_are_counted() -> None:
    (rule,) = outcomes({"max_drop": 0.05}, change(moved=0, interval=None))
    assert (rule.state, rule.reason) == ("fail", "9 rows, 100 are needed for an interval")
