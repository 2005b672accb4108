"""The body's other form, by columns: the same answers, checks and errors as rows have."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.inference.predictor import Predictor, to_columns
from harness.serve.rows import ColumnRows
from tests.support.serving import Server, serving

Columns = dict[str, list[Any]]


@pytest.fixture(scope="module")
def predictor(model: Path) -> Predictor:
    return Predictor(model)


@pytest.fixture(scope="module")
def columns(predictor: Predictor) -> Columns:
    return to_columns(predictor.golden["rows"], predictor.contract)


@pytest.fixture(scope="module")
def service(model: Path) -> Iterator[Server]:
    with serving(model, MAX_ROWS="100") as server:
        yield server


def test_columns_are_answered_as_their_rows_are(service: Server, predictor: Predictor, columns: Columns) -> None:
    by_row, by_column = service.predict({"rows": predictor.golden["rows"]}), service.predict({"columns": columns})
    assert by_column.status_code == 200
    assert by_column.content == by_row.content


def test_a_column_that_may_be_missing_may_be_absent(service: Server, columns: Columns) -> None:
    without = {name: values for name, values in columns.items() if name != "age"}
    none = {**columns, "age": [None] * len(columns["age"])}
    assert service.predict({"columns": without}).content == service.predict({"columns": none}).content


@pytest.mark.parametrize(
    ("change", "place", "told"),
    [
        ({"visits": [1]}, ["columns"], "Columns must have one length: plan has 20, visits has 1"),
        ({"stranger": [1] * 20}, ["columns", "stranger"], "Not a column of the model"),
        ({"visits": None}, ["columns", "visits"], "Field required"),
        ({"visits": [3] * 19 + ["4"]}, ["columns", "visits", 19], "Input should be a valid number"),
        ({"age": [999] * 20}, ["columns", "age", 0], "Input should be less than or equal to"),
        ({"plan": []}, ["columns", "plan"], "List should have at least 1 item"),
        ({"plan": ["pro"] * 101}, ["columns", "plan"], "List should have at most 100 items"),
        ({"plan": "pro"}, ["columns", "plan"], "Input should be a valid array"),
    ],
)
def test_what_the_contract_does_not_allow_is_refused_by_column_and_row(
    service: Server, columns: Columns, change: dict[str, Any], place: list[Any], told: str
) -> None:
    changed = {name: values for name, values in {**columns, **change}.items() if values is not None}
    answer = service.predict({"columns": changed})
    assert answer.status_code == 400
    assert re.fullmatch(r"\d+ errors? in the request", answer.json()["error"])
    first = answer.json()["detail"][0]
    assert first["loc"] == place
    assert first["msg"].startswith(told)


@pytest.mark.parametrize("body", [{"columns": {}}, {"columns": [1]}, {"columns": {}, "rows": []}])
def test_another_form_is_refused(service: Server, body: dict[str, Any]) -> None:
    assert service.predict(body).status_code == 400


def test_a_refused_column_is_counted_by_its_name(service: Server, columns: Columns) -> None:
    service.predict({"columns": {**columns, "member": [3] * 20}})
    assert re.search(r'model_refused_total\{reason="member"\} 1\.0', service.get("/metrics").text)


def test_more_values_than_rows_have_columns_are_refused_before_they_are_built(service: Server) -> None:
    answer = service.predict(b'{"columns":{' + b",".join([b'"a":0'] * 2000) + b"}}")
    assert "more values than its rows have columns" in answer.text


def test_rows_that_a_service_has_looked_at_may_have_been_changed() -> None:
    rows = ColumnRows({"a": [1, 2], "b": ["x", None]}, 2)
    assert rows.columns == {"a": [1, 2], "b": ["x", None]}
    rows[1]["a"] = 5
    assert list(rows) == [{"a": 1, "b": "x"}, {"a": 5, "b": None}]
    assert rows.columns is None


def test_the_description_has_both_forms(service: Server) -> None:
    docs = service.get("/docs.json").json()
    forms = docs["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]["schema"]["oneOf"]
    assert len(forms) == 2
    example = docs["components"]["schemas"]["Columns"]["example"]
    assert service.predict({"columns": example}).status_code == 200
