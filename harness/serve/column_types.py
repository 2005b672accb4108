"""A column of the contract → its type in a request: what JSON may say there, and no more."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, NotRequired, Required

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema

from harness.core.clock import CLOCK_TIME, CLOCK_TIMES
from harness.core.contract import EXACT, Contract, Feature
from harness.serve.settings import values_are_hidden

JSON_TYPES: Mapping[str, type] = {
    "integer": float, "number": float, "string": str, "boolean": bool, "date": date, "time": str
}  # fmt: skip
ISO_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
LONGEST_ID = 200  # characters: a longer one would fill the log
TIME_OF_DAY = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?"
NO_DATE = "Input should be a date in the format YYYY-MM-DD"
NO_MOMENT = f"{NO_DATE}, also with a time of day (YYYY-MM-DDTHH:MM:SS) and without a time zone"


def request_type(feature: Feature) -> Any:
    """The type of one column in a row, which lacks it where the value may be missing."""
    return NotRequired[value_type(feature)] if feature.nullable else Required[value_type(feature)]


def ids_field(contract: Contract, max_rows: int) -> dict[str, Any]:
    """The field of a request that says the caller's own id of each row, where the schema declares one: for the log."""
    if contract.id is None:
        return {}
    told = f"Your id ({contract.id}) of each row: the prediction log keeps it, the model never sees it"
    kind = Annotated[
        list[Annotated[str, Field(max_length=LONGEST_ID)] | int],
        Field(max_length=max_rows, description=told, json_schema_extra={"nullable": True}),
    ]
    return {"ids": (kind | None, None)}


def value_type(feature: Feature) -> Any:
    """The type of one column's value, null where it may be missing."""
    bounds = {name: bound for name in ("ge", "gt", "le", "lt") if (bound := getattr(feature, name)) is not None}
    whole = feature.type == "integer" and feature.isin is None
    if whole:
        bounds |= {} if bounds.keys() & {"ge", "gt"} else {"ge": -EXACT}
        bounds |= {} if bounds.keys() & {"le", "lt"} else {"le": EXACT}
    if feature.type == "string" and feature.isin is None and not feature.nullable:
        bounds["min_length"] = 1  # an empty text is a missing value
    kind = _json_type(feature)
    described: Any = Annotated[kind, Field(**bounds)]
    if whole:
        described = Annotated[described, _WholeNumber()]
    if feature.type == "date":
        described = Annotated[described, _Moment() if feature.timed else _IsoDate()]
    if feature.type == "time":
        described = Annotated[described, _ClockTime()]
    return described | None if feature.nullable else described


def _json_type(feature: Feature) -> object:
    if feature.isin is None:
        return JSON_TYPES[feature.type]
    listed: Any = Literal.__getitem__(feature.isin)
    if values_are_hidden():
        listed = Annotated[listed, _Hidden(JSON_TYPES[feature.type])]
    if feature.type == "string":
        return listed
    one = core_schema.bool_schema if feature.type == "boolean" else core_schema.float_schema
    return Annotated[listed, _Listed(one(strict=True))]


class _WholeNumber:
    """A number that is whole; it may be written 3.0, as JSON's own integers may."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.chain_schema([handler(source), core_schema.int_schema(strict=False)])

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema["steps"][0]), "type": "integer"}


class _IsoDate:
    """A date as ISO 8601 writes it: pydantic alone would take the text "1577836800" for one too."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        text = core_schema.str_schema(strict=True, pattern=f"^{ISO_DATE}$")
        dated = core_schema.chain_schema([text, core_schema.date_schema(strict=False)])
        return core_schema.custom_error_schema(dated, custom_error_type="date", custom_error_message=NO_DATE)

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema["schema"]["steps"][0]), "format": "date"}


class _Moment:
    """A date, or a date and a time of day as ISO 8601 writes them."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        text = core_schema.str_schema(strict=True, pattern=f"^{ISO_DATE}([T ]{TIME_OF_DAY})?$")
        moment = core_schema.chain_schema([text, core_schema.datetime_schema(strict=False)])
        return core_schema.custom_error_schema(moment, custom_error_type="date", custom_error_message=NO_MOMENT)

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(schema["schema"]["steps"][0])


class _ClockTime:
    """A time of day, which stays the text that it is."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        text = core_schema.str_schema(strict=True, pattern=f"^{CLOCK_TIME}$")
        must = f"Input should be {CLOCK_TIMES}"
        return core_schema.custom_error_schema(text, custom_error_type="time", custom_error_message=must)

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(schema["schema"])


class _Hidden:
    """Allowed values that no error and no document lists (HIDE_VALUES=1)."""

    def __init__(self, kind: type) -> None:
        self._kind = kind

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        must = "Input should be one of the allowed values"
        return core_schema.custom_error_schema(handler(source), custom_error_type="allowed", custom_error_message=must)

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": {str: "string", bool: "boolean"}.get(self._kind, "number")}


class _Listed:
    """Allowed values of one type: to Python `True` is 1, to whoever sends it it is not."""

    def __init__(self, schema: core_schema.CoreSchema) -> None:
        self._type = schema

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.chain_schema([self._type, handler(source)])

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(schema["steps"][1])
