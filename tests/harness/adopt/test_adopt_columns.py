"""What `make adopt` makes of ids, entities, places, bounds and labels."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from harness.adopt.example_request import example_row
from harness.adopt.plan import Plan
from harness.core.contract import Contract, Feature
from tests.support.plans import ROWS, column, orders, plan_of

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("name", "entities", "roles"),
    [
        ("patient_nbr", 100, ("group",)),
        ("session_id", 100, ("group",)),
        ("device_id", 20, ("group",)),
        ("pickup_location_id", 60, ("categorical",)),  # in ever so many rows: later ones name it again
    ],
)
def test_an_entity_is_kept_together_and_a_place_is_a_feature(
    tmp_path: Path, name: str, entities: int, roles: tuple[str, ...]
) -> None:
    table = orders().drop(columns="ordered")
    many = pd.concat([table] * 10, ignore_index=True) if entities == 60 else table
    plan = plan_of(tmp_path, many.assign(**{name: RNG.integers(0, entities, len(many))}))
    assert column(plan, name).roles == roles


def test_where_time_splits_only_persons_and_devices_are_kept_together(tmp_path: Path) -> None:
    """Once a store, seen in train and test at any rate, was no feature."""
    entities = {"store_id": RNG.integers(0, 60, ROWS), "user_id": RNG.integers(0, 60, ROWS)}
    plan = plan_of(tmp_path, orders().assign(**entities))
    assert [column(plan, name).roles for name in entities] == [("categorical",), ("group",)]


def test_personal_data_does_not_become_the_id(tmp_path: Path) -> None:
    """Once phone-number named the rows, and so came into data/."""
    numbers = [f"202-555-{number:04}" for number in range(ROWS)]
    plan = plan_of(tmp_path, orders().assign(**{"phone-number": numbers}))
    assert (plan.named("id"), column(plan, "phone-number").stored) == ([], False)


def test_bounds_of_whole_numbers_are_whole(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, orders().assign(changes=RNG.integers(0, 4, ROWS)))
    assert column(plan, "changes").limits == {"ge": 0, "le": 5}


@pytest.mark.parametrize(
    ("labels", "note"),
    [
        (["no", "yes", "yes."], "'yes' and 'yes.' count as two classes; if they are one, write them alike"),
        (["Bad", "bad", "good"], "'Bad' and 'bad' count as two classes; if they are one, write them alike"),
    ],
)
def test_labels_that_differ_in_little_are_told(tmp_path: Path, labels: list[str], note: str) -> None:
    target = np.array(labels)[np.repeat([0, 1, 2], [ROWS // 2, ROWS // 4, ROWS // 4])]
    assert note in plan_of(tmp_path, orders().assign(churned=target)).notes


def test_how_a_target_was_read_is_told(tmp_path: Path) -> None:
    target = [f"${1000 + number:,}" for number in range(ROWS - 1)]
    plan: Plan = plan_of(tmp_path, orders().assign(churned=[*target, "on request"]))
    assert plan.notes == (
        "rows without a target, left out: 1 (they hold 'on request')",
        "a comma between thousands in churned",
        "'$' is left off in churned",
    )


def test_the_example_has_a_flag_of_floats_as_a_number() -> None:
    """Once 1.0 was looked for as 1, not found, and sent as a text, which the service refuses."""
    flag = Feature("flag", "number", "categorical", nullable=True, isin=(0.0, 1.0))
    code = Feature("code", "number", "categorical", nullable=False)
    contract = Contract("binary", "y", (0, 1), (flag, code))
    profile = {"columns": {"flag": {"counts": {"1": 9, "0": 1}}, "code": {"counts": {"7": 9}}}}
    assert example_row(contract, profile) == {"flag": 1.0, "code": 7.0}
