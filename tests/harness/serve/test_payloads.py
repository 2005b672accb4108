"""What a request may hold, from the contract alone, and that the description says the same."""

import json
import math
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from pydantic import BaseModel, ValidationError

from harness.core.contract import Contract, Feature
from harness.model.golden_rows import golden_rows
from harness.serve.column_types import NO_DATE
from harness.serve.openapi import as_openapi
from harness.serve.payloads import MOST_ERRORS, build_answer_model, build_request_model, errors_of
from tests.support.tables import contract

FEATURES = (
    Feature("whole", "integer", "numeric", nullable=True),
    Feature("closed", "number", "numeric", nullable=True, ge=0, le=1),
    Feature("open", "number", "numeric", nullable=True, gt=0, lt=1),
    Feature("count", "integer", "numeric", nullable=True, ge=1, lt=5),
    Feature("text", "string", "categorical", nullable=True),
    Feature("flag", "boolean", "categorical", nullable=True),
    Feature("word", "string", "categorical", nullable=True, isin=("a", "b")),
    Feature("number", "integer", "categorical", nullable=True, isin=(1, 2)),
    Feature("share", "number", "categorical", nullable=True, isin=(0.5, 2.0)),
    Feature("only", "boolean", "categorical", nullable=True, isin=(True,)),
    Feature("day", "date", "numeric", nullable=True),
)
NULLABLE = Contract("binary", "y", ("no", "yes"), FEATURES)
REQUIRED = replace(NULLABLE, features=tuple(replace(feature, nullable=False) for feature in FEATURES))
NAMES = (
    "class",
    "two words",
    "größe",
    "名前",
    "const",
    "anyOf",
    "enum",
    "title",
    "nullable",
    "rows",
    "model_config",
    "",
)


def request_model(of: Contract, max_rows: int = 3) -> type[BaseModel]:
    return build_request_model(of, max_rows, golden_rows(of)[3])


MODEL = request_model(NULLABLE)


def rows_of(body: str | bytes, model: type[BaseModel] = MODEL) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = model.model_validate_json(body).rows  # type: ignore[attr-defined]
    return rows


def wrong(body: str | bytes, model: type[BaseModel] = MODEL) -> list[tuple[list[Any], str]]:
    """Path and message of each error of a request that must be refused."""
    with pytest.raises(ValidationError) as error:
        model.model_validate_json(body)
    return [(item["loc"], item["msg"]) for item in errors_of(error.value)["detail"]]


def with_value(name: str, literal: str) -> str:
    return f'{{"rows": [{{"{name}": {literal}}}]}}'


@pytest.mark.parametrize(
    ("name", "literal", "value"),
    [
        *[
            ("whole", text, value)
            for text, value in [
                ("3", 3),
                ("3.0", 3),
                ("3e2", 300),
                ("9007199254740991", 2**53 - 1),
                ("-0.0", 0),
                ("null", None),
            ]
        ],
        *[("closed", text, value) for text, value in [("0", 0), ("1", 1), ("1.0", 1), ("1e-400", 0)]],
        *[("open", text, value) for text, value in [("0.0001", 0.0001), ("0.9999", 0.9999)]],
        *[("count", text, value) for text, value in [("1", 1), ("4", 4)]],
        *[("text", text, json.loads(text)) for text in ['"x"', '""', "null", '"\\u0000"', '"\\ud83d\\ude00"']],
        *[("flag", text, json.loads(text)) for text in ["true", "false", "null"]],
        *[("word", text, json.loads(text)) for text in ['"a"', '"b"', "null"]],
        *[("number", text, value) for text, value in [("1", 1), ("2.0", 2), ("null", None)]],
        *[("share", text, value) for text, value in [("0.5", 0.5), ("2", 2), ("null", None)]],
        *[("only", text, value) for text, value in [("true", True), ("null", None)]],
        *[("day", f'"{day}"', day) for day in [date(2020, 2, 29), date(1, 1, 1), date(9999, 12, 31)]],
    ],
)
def test_what_the_contract_allows_is_taken(name: str, literal: str, value: object) -> None:
    (row,) = rows_of(with_value(name, literal))
    assert row == {name: value}
    assert isinstance(row[name], bool) == isinstance(value, bool)


@pytest.mark.parametrize(
    ("name", "literal", "told"),
    [
        ("whole", "3.5", "Input should be a valid integer, got a number with a fractional part"),
        ("whole", "3.0000000001", "Input should be a valid integer, got a number with a fractional part"),
        ("whole", "1000000000.5", "Input should be a valid integer, got a number with a fractional part"),
        *[("whole", text, "Input should be a valid number") for text in ("true", '"3"', "[]", "{}")],
        *[("whole", text, "Input should be a finite number") for text in ("1e400", "1" * 400, "NaN", "-Infinity")],
        ("whole", "9007199254740992", "Input should be less than or equal to 9007199254740991"),
        ("whole", "-1e300", "Input should be greater than or equal to -9007199254740991"),
        ("closed", "-0.001", "Input should be greater than or equal to 0"),
        ("closed", "1.001", "Input should be less than or equal to 1"),
        *[("closed", text, "Input should be a finite number") for text in ("1e400", "NaN", "Infinity", "-Infinity")],
        *[("closed", text, "Input should be a valid number") for text in ("true", '"1"', '"NaN"')],
        ("open", "0", "Input should be greater than 0"),
        ("open", "1", "Input should be less than 1"),
        ("count", "0", "Input should be greater than or equal to 1"),
        ("count", "5", "Input should be less than 5"),
        *[("text", text, "Input should be a valid string") for text in ("1", "true", "[]", "{}")],
        *[("flag", text, "Input should be a valid boolean") for text in ("1", "0", '"true"')],
        *[("word", text, "Input should be 'a' or 'b'") for text in ('"c"', '"A"', '""', "1", "true")],
        *[("number", text, "Input should be 1 or 2") for text in ("3", "1.5")],
        *[("number", text, "Input should be a valid number") for text in ("true", '"1"')],
        *[("share", text, "Input should be 0.5 or 2.0") for text in ("1", "0.50001")],
        ("only", "false", "Input should be True"),
        ("only", "1", "Input should be a valid boolean"),
        *[("day", f'"{text}"', NO_DATE) for text in ("2020-13-01", "2021-02-29", "0000-01-01", "2020-1-1", "")],
        *[("day", f'"{text}"', NO_DATE) for text in ("2020-01-01T00:00:00", "1577836800")],
        *[("day", text, NO_DATE) for text in ("18262", "true", "[]")],
        ("other", "1", "Not a column of the model"),
    ],
)
def test_what_the_contract_does_not_allow_is_refused_at_its_path(name: str, literal: str, told: str) -> None:
    assert wrong(with_value(name, literal)) == [(["rows", 0, name], told)]


def test_a_missing_value_is_refused_where_it_may_not_be_missing() -> None:
    model, names = request_model(REQUIRED), [feature.name for feature in FEATURES]
    assert wrong('{"rows": [{}]}', model) == [(["rows", 0, name], "Field required") for name in names]
    nulls = json.dumps({"rows": [dict.fromkeys(names)]})
    assert [path for path, _ in wrong(nulls, model)] == [["rows", 0, name] for name in names]
    row = golden_rows(REQUIRED)[0]
    told = "String should have at least 1 character"  # an empty text is a missing value
    assert wrong(json.dumps({"rows": [{**row, "text": ""}]}), model) == [(["rows", 0, "text"], told)]


@pytest.mark.parametrize(
    ("body", "path", "told"),
    [
        ('{"rows": []}', ["rows"], "List should have at least 1 item after validation, not 0"),
        ('{"rows": [{}, {}, {}, {}]}', ["rows"], "List should have at most 3 items after validation, not 4"),
        ('{"rows": {}}', ["rows"], "Input should be a valid array"),
        ('{"rows": [1]}', ["rows", 0], "Input should be an object"),
        ('{"rows": [{}], "more": 1}', ["more"], 'Not a key of a request; columns stand inside rows: {"rows": [{…}]}'),
        ("{}", ["rows"], 'Required: {"rows": [{…}]}, an object for each row'),
        ("[]", [], "Input should be an object"),
    ],
)
def test_another_form_is_refused(body: str, path: list[Any], told: str) -> None:
    assert wrong(body) == [(path, told)]


@pytest.mark.parametrize(
    "body",
    ["", "{", "null{}", "[" * 100_000, '{"a":' * 100_000, with_value("text", '"\\ud800"'), b'{"rows": "\xff"}', b"\0"],
)
def test_what_is_no_json_is_refused(body: str | bytes) -> None:
    ((path, told),) = wrong(body)
    assert path == []
    assert told.startswith(("Invalid JSON: ", "Input should be an object"))


def test_of_a_name_given_twice_the_last_counts_and_is_checked() -> None:
    assert rows_of('{"rows": [{"closed": 7, "closed": 1}]}') == [{"closed": 1.0}]
    assert wrong('{"rows": [{"closed": 1, "closed": 7}]}')[0][0] == ["rows", 0, "closed"]


def test_many_errors_are_counted_and_some_told() -> None:
    model = request_model(NULLABLE, 10_000)
    with pytest.raises(ValidationError) as error:
        model.model_validate_json(json.dumps({"rows": [{"flag": 1, "word": 1}] * 10_000}))
    answer = errors_of(error.value)
    assert (answer["error"], len(answer["detail"])) == ("20000 errors in the request", MOST_ERRORS)


@pytest.mark.parametrize("name", NAMES)
def test_a_column_may_have_any_name(name: str) -> None:
    made = replace(NULLABLE, features=(Feature(name, "number", "numeric", nullable=False, gt=0),))
    model = request_model(made)
    assert rows_of(json.dumps({"rows": [{name: 2}]}), model) == [{name: 2.0}]
    assert wrong(json.dumps({"rows": [{name: 0}]}), model) == [(["rows", 0, name], "Input should be greater than 0")]
    assert described(model).is_valid({"rows": [{name: 2}]})
    assert not described(model).is_valid({"rows": [{name: 0}]})


def described(model: type[BaseModel]) -> OAS30Validator:
    """What the description says of a request: OpenAPI 3.0, without what JSON Schema has and it has not."""
    schema = as_openapi(model.model_json_schema(ref_template="#/$defs/{model}"))
    schema["$defs"] = {name: as_openapi(part) for name, part in schema.pop("$defs", {}).items()}
    OAS30Validator.check_schema({key: value for key, value in schema.items() if key != "$defs"})
    return OAS30Validator(schema, format_checker=oas30_format_checker)


DAYS = ["2020-02-29", "2021-02-29", "0001-01-01", "0000-01-01", "20200101", "2020-01-01T00:00:00"]
EDGES: list[Any] = [0, 1, 0.5, 2, 5, -1, 1.5, 1e300, True, False, None, "", "a", "b", "c", "true", [], {}, *DAYS]
VALUES = st.one_of(st.sampled_from(EDGES), st.integers(-(2**62), 2**62), st.floats(allow_nan=False), st.text())
ROWS = st.fixed_dictionaries({}, optional=dict.fromkeys([*(f.name for f in FEATURES), "other"], VALUES))


@pytest.mark.parametrize("of", [NULLABLE, REQUIRED], ids=["nullable", "required"])
def test_the_description_says_what_the_service_takes(of: Contract) -> None:
    model = request_model(of)
    validator, starts = described(model), golden_rows(of)

    @limits(max_examples=200, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(starts), ROWS)
    def check(start: dict[str, Any], changes: dict[str, Any]) -> None:
        for row in ({**start, **changes}, *({**start, name: value} for name, value in changes.items())):
            if any(isinstance(value, float) and math.isinf(value) for value in row.values()):
                continue  # not JSON
            # To the validator 3.0 is no integer, though to JSON Schema it is.
            whole = {k: int(v) if isinstance(v, float) and v.is_integer() else v for k, v in row.items()}
            assert taken(model, {"rows": [row]}) == validator.is_valid({"rows": [whole]}), row

    check()


def taken(model: type[BaseModel], body: object) -> bool:
    try:
        model.model_validate_json(json.dumps(body))
    except ValidationError:
        return False
    return True


@limits(max_examples=100, derandomize=True, deadline=None)
@given(st.text(st.characters(codec="utf-8"), min_size=8), st.sampled_from([feature.name for feature in FEATURES]))
def test_no_value_is_in_an_error(text: str, name: str) -> None:
    value = f"secret {text}"
    for body in ({"rows": [{name: [value]}]}, {"rows": [{name: {value: value}}]}, {"rows": value}):
        assert "secret" not in json.dumps(wrong(json.dumps(body)))


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_the_answer_names_every_class(task: str) -> None:
    schema = build_answer_model(contract(task)).model_json_schema()["$defs"]
    if task == "regression":
        assert list(schema["Prediction"]["properties"]) == ["value"]
    else:
        assert schema["Prediction"]["properties"]["label"]["enum"] == list(contract(task).classes)
        assert list(schema["Probabilities"]["properties"]) == list(contract(task).classes)
