"""Train or test: a row's side never changes, and one entity is on one side."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from harness.core.errors import ProjectError
from harness.core.params import PreprocessParams
from harness.data.split import split
from tests.support.tables import contract, customers

SOURCE = Path("data/customers.csv")


def params(**changes: Any) -> PreprocessParams:
    return PreprocessParams(**{"test_size": 0.25, "seed": 0, "test_from": "latest", **changes})


def test_rows_added_later_move_no_row() -> None:
    _, before, _ = split(customers(400), contract(), params(), SOURCE)
    _, after, _ = split(customers(4000), contract(), params(), SOURCE)
    assert set(before["customer"]) == {number for number in after["customer"] if number <= 400}


def test_the_order_of_the_rows_does_not_matter() -> None:
    frame = customers()
    _, test, _ = split(frame, contract(), params(), SOURCE)
    _, shuffled, _ = split(frame.sample(frac=1, random_state=0), contract(), params(), SOURCE)
    assert set(test["customer"]) == set(shuffled["customer"])


def test_the_share_is_about_test_size_and_the_seed_matters() -> None:
    sides = [set(split(customers(4000), contract(), params(seed=seed), SOURCE)[1]["customer"]) for seed in (0, 1)]
    assert [len(side) / 4000 for side in sides] == pytest.approx([0.25, 0.25], abs=0.02)
    assert sides[0] != sides[1]


def test_a_number_and_its_text_are_one_id() -> None:
    frame = customers()
    _, numbers, _ = split(frame, contract(), params(), SOURCE)
    _, texts, _ = split(frame.astype({"customer": str}), contract(), params(), SOURCE)
    assert numbers.index.equals(texts.index)


def test_a_group_stays_on_one_side() -> None:
    frame = customers().assign(household=lambda frame: frame["customer"] // 5)
    train, test, how = split(frame, replace(contract(), group="household"), params(), SOURCE)
    assert not set(train["household"]) & set(test["household"])
    assert how == "by a hash of household"


def test_where_a_time_decides_entities_on_both_sides_are_counted() -> None:
    """The documents said that there never are any."""
    frame = customers().assign(household=lambda frame: frame["customer"] % 40)
    frame["seen"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(range(len(frame)), unit="h")
    train, test, how = split(frame, replace(contract(), group="household", time="seen"), params(), SOURCE)
    shared = set(train["household"]) & set(test["household"])
    assert how.endswith(f"; {len(shared)} of the test's 40 values of household are in the training rows too")


def test_without_an_id_the_whole_row_decides_and_it_is_said() -> None:
    train, test, how = split(customers(), replace(contract(), id=None), params(), SOURCE)
    assert len(train) + len(test) == 400
    assert "whole row" in how


def test_with_a_time_the_latest_rows_are_the_test() -> None:
    frame = customers().assign(seen=pd.date_range("2024-01-01", periods=400))
    train, test, how = split(frame, replace(contract(), time="seen"), params(), SOURCE)
    assert train["seen"].max() < test["seen"].min()
    assert len(test) == 100
    assert "pin it with preprocess.test_from: '2024-10-27'" in how


def test_a_pinned_time_holds() -> None:
    frame = customers().assign(seen=pd.date_range("2024-01-01", periods=400))
    _, test, _ = split(frame, replace(contract(), time="seen"), params(test_from="2025-01-01"), SOURCE)
    assert test["seen"].min() == pd.Timestamp("2025-01-01")


def test_a_pinned_time_needs_a_time() -> None:
    with pytest.raises(ProjectError, match=r"preprocess\.test_from needs a column with the role time, got 2025-01-01"):
        split(customers(), contract(), params(test_from="2025-01-01"), SOURCE)


def test_a_side_without_rows_is_refused() -> None:
    with pytest.raises(
        ProjectError, match=r"3 rows are too few: none is left for test \(params\.yaml: preprocess\.test_size 0\.001\)"
    ):
        split(customers(3), contract(), params(test_size=0.001), SOURCE)


def test_a_class_without_training_rows_is_refused() -> None:
    frame = customers()
    _, test, _ = split(frame, contract(), params(), SOURCE)
    frame["churned"] = frame["customer"].isin(test["customer"]).map({True: "yes", False: "no"})
    with pytest.raises(ProjectError, match="churned: the class 'yes' has no row among the training rows"):
        split(frame, contract(), params(), SOURCE)


def test_a_pinned_time_is_in_the_datas_own_zone() -> None:
    frame = customers().assign(seen=pd.date_range("2024-01-01", periods=400, tz="US/Eastern"))
    _, test, _ = split(frame, replace(contract(), time="seen"), params(test_from="2025-01-01"), SOURCE)
    assert test["seen"].min() == pd.Timestamp("2025-01-01", tz="US/Eastern")
