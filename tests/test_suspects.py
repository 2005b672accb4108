"""Columns that give the answer away."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from src.adopt.facts import Facts
from src.adopt.form import Form
from src.adopt.suspects import filled_for_one_class

SURVIVED = [0] * 600 + [1] * 400


def facts(values: Any) -> Facts:
    sample = pd.Series(values)
    return Facts("x", Form("number"), len(sample), int(sample.isna().sum()), 0, pd.Series(dtype=int), sample=sample)


def filled(rows: range) -> Any:
    return [1.0 if row in rows else np.nan for row in range(len(SURVIVED))]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (range(100), "filled only where x is 0"),  # of the dead alone a body was found
        (range(650), "empty only where x is 1"),  # who has none survived
        (range(20), ""),  # 0.6 ** 20: may be chance
        (range(500, 700), ""),
        (range(1000), ""),
    ],
)
def test_a_column_that_is_filled_for_one_class_alone_is_a_leak(rows: range, told: str) -> None:
    assert filled_for_one_class(facts(filled(rows)), facts(SURVIVED)) == told
