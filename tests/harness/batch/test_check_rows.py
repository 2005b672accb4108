"""The checks of a chunk against the service: its request model accepts the same rows, and they are encoded the same."""

import itertools
import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pydantic import TypeAdapter, ValidationError

from harness.batch.check_rows import check
from harness.core.contract import ColumnType, Contract, Feature
from harness.inference.predictor import encode, to_columns
from harness.serve.payloads import build_request_model

NUMBERS = [None, -1, -0.0, 0, 0.5, 1, 1.0, 2, 3.7, 2**53 + 1, -(10**18), 1e39, 1e300, float("nan"), float("inf")]
VALUES: dict[ColumnType, list[Any]] = {
    "integer": NUMBERS,
    "number": NUMBERS,
    "boolean": [None, True, False],
    "string": [None, "", "a", "A", " ", "ä", "1"],
    "date": [
        *(
            None,
            "",
            "a",
            "2020-02-29",
            "2021-02-29",
            "1900-02-29",
            "2020-04-31",
            "2020-13-01",
            "2020-00-01",
            "20200101",
        ),
        *(
            "1969-12-31",
            "0001-01-01",
            "0000-01-01",
            "9999-12-31",
            "10000-01-01",
            "2020-1-1",
            "2020/01/01",
            "1577836800",
        ),
        *("2020-01", "2020-W01-1", "2020-01-01Z", "2020-01-01x", "-2020-01-01", "２０２０-01-01", "today", "NaT"),
    ],
}
LIMITS: dict[ColumnType, list[dict[str, Any]]] = {
    "integer": [{}, {"ge": 0, "le": 2}, {"gt": 0, "lt": 2}, {"isin": (1, 2)}],
    "number": [{}, {"ge": 0, "le": 2}, {"gt": 0, "lt": 1e39}, {"isin": (0.5, 1.0)}],
    "boolean": [{}, {"isin": (True,)}],
    "string": [{}, {"isin": ("a", "ä")}],
    "date": [{}],
}
FEATURES = [
    Feature("x", kind, role, nullable, **limits)
    for kind, many in LIMITS.items()
    for limits, nullable, role in itertools.product(many, (True, False), ("numeric", "categorical"))
    if (role == "categorical" or kind != "string") and (role == "numeric" or kind != "date")
]


@pytest.mark.parametrize("feature", FEATURES, ids=str)
def test_the_same_values_are_accepted_and_encoded_as_by_the_service(feature: Feature) -> None:
    contract = Contract("binary", "y", (0, 1), (feature,))
    model: TypeAdapter[Any] = TypeAdapter(build_request_model(contract, 1, {}))
    values = VALUES[feature.type]
    if values is NUMBERS:
        values = [None if value is None else float(value) for value in values]
    checked = check({"x": pa.array(values)}, contract)
    for row, value in enumerate(values):
        try:
            accepted = model.validate_json(json.dumps({"rows": [{"x": value}]})).rows
        except ValidationError:
            assert row in checked.reasons, f"{value} is accepted, and not by the service"
            continue
        assert row not in checked.reasons
        numeric, categorical = encode(to_columns(accepted, contract), contract)
        np.testing.assert_array_equal(checked.numeric[row], numeric[0])
        np.testing.assert_array_equal(checked.categorical[row], categorical[0])
