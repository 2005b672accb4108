"""Columns that give the answer away."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from harness.adopt.column_facts import Facts
from harness.adopt.leaks import filled_for_one_class, unusual_for_one_class
from harness.adopt.personal_data import personal_data
from harness.tables.column_format import Form

SURVIVED = [0] * 600 + [1] * 400


def facts(values: Any) -> Facts:
    sample = pd.Series(values)
    return Facts("x", Form("number"), len(sample), int(sample.isna().sum()), 0, pd.Series(dtype=int), sample=sample)


def filled(rows: range) -> Any:
    return [1.0 if row in rows else np.nan for row in range(len(SURVIVED))]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (range(100), "filled in 100 rows looked at, only where x is 0"),  # of the dead alone a body was found
        (range(650), "empty in 350 rows looked at, only where x is 1"),  # who has none survived
        (range(20), ""),  # 0.6 ** 20: may be chance
        (range(500, 700), ""),
        (range(1000), ""),
    ],
)
def test_a_column_that_is_filled_for_one_class_alone_is_a_leak(rows: range, told: str) -> None:
    assert filled_for_one_class(facts(filled(rows)), facts(SURVIVED)) == told


def test_a_column_that_is_unusual_for_one_class_alone_is_told() -> None:
    """Recoveries are 0 but for some of the loans that were lost."""
    recovered, spread = ([0.0] * 700 + [5.5] * 300, [5.5] * 300 + [0.0] * 400 + [5.5] * 300)
    assert (
        unusual_for_one_class(facts(recovered), facts(SURVIVED))
        == "other than 0.0 in 300 rows looked at, only where x is 1"
    )
    assert unusual_for_one_class(facts(spread), facts(SURVIVED)) == ""


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("name", "Eva{} Smith", "its name is name"),
        ("name", "Cosy flat for {} near the park · 1 bed", ""),
        ("name", "ford torino {}", ""),
        ("name", "eva_{}", "its name is name"),  # as people call themselves
        ("host_name", "eva{}", "its name is host_name"),
        ("phone_number", "202-555-{:04}", "phone numbers"),
        ("contact", "202-555-{:04}", "phone numbers"),
        ("order_no", "2024-000{:04}", ""),
        ("product_name", "Lamp {}", ""),
    ],
)
def test_personal_data_is_known_by_name_and_look(name: str, text: str, told: str) -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    texts = tuple(text.format(letters[number] if text.endswith("Smith") else number) for number in range(26))
    found = Facts(name, Form("text"), 100, 0, 26, pd.Series(dtype=int), texts=texts)
    assert personal_data(found) == told
