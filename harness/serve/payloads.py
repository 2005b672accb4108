"""The contract → what goes over the wire, as pydantic models: the request, which refuses, and the answer."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, NotRequired, Required

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    create_model,
    with_config,
)
from pydantic_core import core_schema
from typing_extensions import TypedDict  # as pydantic asks for before Python 3.12

from harness.core.contract import EXACT, Contract, Feature, as_text

TYPES: Mapping[str, Any] = {"integer": float, "number": float, "string": str, "boolean": bool, "date": date}
STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
MOST_ERRORS = 100  # in one answer
DAY = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
NO_DATE = "Input should be a date in the format YYYY-MM-DD"


def build_request_model(contract: Contract, max_rows: int, example: Mapping[str, Any]) -> type[BaseModel]:
    """A model of `{"rows": [{column: value}]}`: what the contract does not allow is refused, each error at its path."""
    fields = {feature.name: _field(feature) for feature in contract.features}
    Row = with_config(STRICT | {"json_schema_extra": {"example": dict(example)}})(TypedDict("Row", fields))  # type: ignore[operator]
    rows = Annotated[list[Row], Field(min_length=1, max_length=max_rows)]  # type: ignore[valid-type]
    return create_model("PredictRequest", __config__=STRICT, rows=(rows, ...))


def errors_of(error: ValidationError) -> dict[str, Any]:
    """What is wrong and where, without the values: they may be somebody's data."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    detail = [{"loc": list(item["loc"]), "msg": item["msg"]} for item in found[:MOST_ERRORS]]
    return {"error": f"{len(found)} error{'s' if len(found) > 1 else ''} in the request", "detail": detail}


def build_answer_model(contract: Contract) -> type[BaseModel]:
    """A model of the answer: which model it was, and per row a label and the probability of each class, or a value."""
    if contract.task == "regression":
        Prediction = create_model("Prediction", value=(float, ...))
    else:
        label: Any = Literal.__getitem__(contract.classes)
        Probabilities = TypedDict("Probabilities", {as_text(one): float for one in contract.classes})  # type: ignore[misc]
        Prediction = create_model("Prediction", label=(label, ...), probabilities=(Probabilities, ...))
    return create_model("PredictResponse", model_version=(str, ...), predictions=(list[Prediction], ...))  # type: ignore[valid-type]


class _Whole:
    """A number that is whole; it may be written 3.0, as JSON's own integers may."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.chain_schema([handler(source), core_schema.int_schema(strict=False)])

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema["steps"][0]), "type": "integer"}


class _Day:
    """A date as ISO 8601 writes it: pydantic alone would take the text "1577836800" for one too."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        text = core_schema.str_schema(strict=True, pattern=DAY)
        dated = core_schema.chain_schema([text, core_schema.date_schema(strict=False)])
        return core_schema.custom_error_schema(dated, custom_error_type="date", custom_error_message=NO_DATE)

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema["schema"]["steps"][0]), "format": "date"}


class _Listed:
    """Allowed values of one type: to Python `True` is 1, to whoever sends it it is not."""

    def __init__(self, schema: core_schema.CoreSchema) -> None:
        self._type = schema

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.chain_schema([self._type, handler(source)])

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return handler(schema["steps"][1])


def _kind(feature: Feature) -> Any:
    if feature.isin is None:
        return TYPES[feature.type]
    listed: Any = Literal.__getitem__(feature.isin)
    if feature.type == "string":
        return listed
    one = core_schema.bool_schema if feature.type == "boolean" else core_schema.float_schema
    return Annotated[listed, _Listed(one(strict=True))]


def _field(feature: Feature) -> Any:
    """The type of one column, optional where the value may be missing."""
    bounds = {name: bound for name in ("ge", "gt", "le", "lt") if (bound := getattr(feature, name)) is not None}
    whole = feature.type == "integer" and feature.isin is None
    if whole:
        bounds |= {} if bounds.keys() & {"ge", "gt"} else {"ge": -EXACT}
        bounds |= {} if bounds.keys() & {"le", "lt"} else {"le": EXACT}
    if feature.type == "string" and feature.isin is None and not feature.nullable:
        bounds["min_length"] = 1  # an empty text is a missing value
    kind = _kind(feature)
    described: Any = Annotated[kind, Field(**bounds)]
    if whole:
        described = Annotated[described, _Whole()]
    if feature.type == "date":
        described = Annotated[described, _Day()]
    return NotRequired[described | None] if feature.nullable else Required[described]
