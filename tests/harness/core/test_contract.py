"""The canonical text of a category, and the contract as JSON."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from harness.core.contract import Contract, as_text
from tests.support.tables import contract


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"),
        (1.0, "1"),
        ("1", "1"),
        (np.int64(1), "1"),
        (np.float64(1.0), "1"),
        ("007", "007"),
        (True, "true"),
        (np.bool_(True), "true"),
        (None, ""),
        (float("nan"), ""),
        (pd.NA, ""),
        (0.5, "0.5"),
        ("", ""),
        ("ä ß", "ä ß"),
        (float("inf"), "inf"),
    ],
)
def test_equal_categories_have_one_text(value: Any, text: str) -> None:
    assert as_text(value) == text


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_contract_survives_json(task: str) -> None:
    assert Contract.from_json(json.loads(json.dumps(contract(task).to_json()))) == contract(task)
