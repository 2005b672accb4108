"""Which kind of version a change of the contract makes: by its rules, and by what the service's own requests refuse."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from harness.core.contract import ColumnType, Contract, Feature
from harness.serve.payloads import build_request_model
from harness.stages.contract_change import contract_change

AGE = Feature("age", "number", "numeric", nullable=False, ge=0, le=120)
PLAN = Feature("plan", "string", "categorical", nullable=True, isin=("basic", "plus"))
VISITS = Feature("visits", "integer", "numeric", nullable=False, gt=4)
BASE = Contract("binary", "churned", (0, 1), (AGE, PLAN, VISITS))


def with_feature(feature: Feature, **changes: Any) -> Contract:
    """The contract with one column changed."""
    changed = replace(feature, **changes)
    return replace(BASE, features=tuple(changed if one.name == feature.name else one for one in BASE.features))


def without(*names: str) -> Contract:
    return replace(BASE, features=tuple(one for one in BASE.features if one.name not in names))


def with_more(feature: Feature) -> Contract:
    return replace(BASE, features=(*BASE.features, feature))


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        (with_more(Feature("deck", "string", "categorical", nullable=False)), "column deck is required now"),
        (without("plan"), "column plan is gone"),
        (without("age"), "column age is gone"),
        (with_feature(AGE, ge=18), "column age must be at least 18 now"),
        (with_feature(AGE, ge=None, gt=0), "column age must be above 0 now"),
        (with_feature(AGE, le=100), "column age must be at most 100 now"),
        (with_feature(AGE, le=None, lt=120), "column age must be below 120 now"),
        (with_feature(AGE, type="integer"), "column age is of type integer, was of type number"),
        (with_feature(AGE, type="string", role="categorical", ge=None, le=None), "column age is of type string"),
        (with_feature(AGE, isin=(1.0, 2.0)), "column age takes only listed values"),
        (with_feature(PLAN, isin=("basic",)), "column plan no longer takes plus"),
        (with_feature(PLAN, nullable=False), "column plan may not be missing any more"),
        (with_feature(VISITS, gt=5), "column visits must be at least 6 now"),
        (with_feature(VISITS, lt=9), "column visits must be at most 8 now"),
        (replace(BASE, classes=(0, 1, 2), task="multiclass"), "the task is multiclass, was binary"),
        (replace(BASE, classes=(), task="regression"), "the task is regression, was binary"),
        (replace(BASE, classes=(0, 2)), "classes no longer: 1"),
        (replace(BASE, classes=("0", "1")), "classes new: 0, 1"),
        (replace(BASE, classes=(1, 0)), "the positive class is 0, was 1"),
    ],
)
def test_what_could_break_a_client_is_a_major_version(new: Contract, reason: str) -> None:
    change = contract_change(BASE, new)
    assert change.level == "major"
    assert reason in "; ".join(change.reasons)


@pytest.mark.parametrize(
    ("new", "reasons"),
    [
        (with_more(Feature("deck", "string", "categorical", nullable=True)), ["column deck may be given"]),
        (with_feature(AGE, ge=None), ["column age takes more"]),
        (with_feature(AGE, le=None, lt=121), ["column age takes more"]),
        (with_feature(AGE, nullable=True), ["column age takes more"]),
        (with_feature(VISITS, type="number"), ["column visits takes more"]),
        (with_feature(VISITS, gt=None, ge=4), ["column visits takes more"]),
        (with_feature(PLAN, isin=("basic", "plus", "gold")), ["column plan takes more"]),
        (with_feature(PLAN, isin=None), ["column plan takes more"]),
        (replace(BASE, id="customer"), ["ids of rows may be sent"]),
    ],
)
def test_what_lets_a_client_say_more_is_a_minor_version(new: Contract, reasons: list[str]) -> None:
    assert contract_change(BASE, new) == ("minor", reasons)


@pytest.mark.parametrize(
    "new",
    [
        BASE,
        replace(BASE, features=BASE.features[::-1]),
        replace(BASE, target="left", group="household", slices=("plan",)),
        replace(BASE, derived=(Feature("per_visit", "number", "numeric", nullable=True),)),
        with_feature(VISITS, gt=None, ge=5),  # whole numbers above 4 are those from 5 on
        with_feature(VISITS, gt=4.2),
        with_feature(PLAN, isin=("plus", "basic")),
    ],
)
def test_what_no_client_can_notice_is_a_patch(new: Contract) -> None:
    assert contract_change(BASE, new) == ("patch", ["a training"])


def test_ids_that_may_not_be_sent_any_more_break_who_sends_them() -> None:
    assert contract_change(replace(BASE, id="customer"), BASE) == ("major", ["ids of rows may not be sent any more"])


def test_multiclass_labels_may_change_their_order() -> None:
    old = replace(BASE, task="multiclass", classes=("a", "b", "c"))
    assert contract_change(old, replace(old, classes=("c", "b", "a"))).level == "patch"


def test_a_renamed_column_is_a_major_version() -> None:
    renamed = replace(BASE, features=(replace(AGE, name="years"), PLAN, VISITS))
    assert contract_change(BASE, renamed) == ("major", ["column age is gone", "column years is required now"])


BOUNDS = st.sampled_from([None, -1, 0, 0.5, 1, 2])
LISTED = {
    "integer": (-1, 0, 1, 2),
    "number": (-1, 0.5, 1, 2),
    "boolean": (True, False),
    "string": ("a", "b", "2024-01-31"),
}
VALUES = [None, True, False, -1, 0, 0.5, 1, 2, 3, 1e9, "", "a", "b", "2024-01-31"]


@st.composite
def features(draw: st.DrawFn) -> Feature:
    """Any column that a schema can declare."""
    types: list[ColumnType] = ["integer", "number", "string", "boolean", "date"]
    kind = draw(st.sampled_from(types))
    numeric = kind in {"integer", "number"}
    made = Feature("x", kind, "numeric" if numeric else "categorical", draw(st.booleans()))
    if kind in LISTED and draw(st.booleans()):
        return replace(made, isin=tuple(draw(st.lists(st.sampled_from(LISTED[kind]), min_size=1, unique=True))))
    return replace(made, ge=draw(BOUNDS), gt=draw(BOUNDS), le=draw(BOUNDS), lt=draw(BOUNDS)) if numeric else made


def taken(feature: Feature | None) -> set[int]:
    """The positions of the values that the service takes for a column; -1 stands for none given."""
    request = build_request_model(replace(BASE, features=(feature,) if feature else ()), 1, {})
    rows: list[dict[str, Any]] = [{}] + [{"x": value} for value in VALUES]
    found = set()
    for position, row in enumerate(rows, start=-1):
        try:
            request.model_validate_json(json.dumps({"rows": [row]}))
        except ValidationError:
            continue
        found.add(position)
    return found


@settings(max_examples=300, deadline=None)
@given(features() | st.none(), features() | st.none())
def test_a_request_that_the_service_begins_to_refuse_makes_a_major_version(
    old: Feature | None, new: Feature | None
) -> None:
    """And one that it begins to take never makes a patch."""
    before, now = (replace(BASE, features=(one,) if one else ()) for one in (old, new))
    level = contract_change(before, now).level
    if taken(old) - taken(new):
        assert level == "major"
    if taken(new) - taken(old):
        assert level != "patch"


def test_what_a_conformal_model_answers_besides_is_part_of_its_contract() -> None:
    assert contract_change(BASE, BASE, True, True).level == "patch"
    assert contract_change(BASE, BASE, True, False) == ("major", ["answers no longer hold prediction_set"])
    assert contract_change(BASE, BASE, False, True) == ("minor", ["answers hold prediction_set too"])
