"""The request's other form, `{"columns": {name: [value, …]}}`: the same rows in a third of the bytes."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, NotRequired

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model, with_config
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from harness.core.contract import Contract, Feature
from harness.serve.column_types import ids_field, value_type
from harness.serve.rows import ColumnRows

IS_COLUMNS = re.compile(rb'\s*\{\s*"columns"\s*:')  # any other first key makes a body of rows, or a wrong one
ColumnLists = dict[str, list[object]]


def build_columns_model(contract: Contract, max_rows: int, example: Mapping[str, object]) -> type[BaseModel]:
    """A model of the form. A column that may be missing may be absent; all others have a value for each row."""
    fields = {feature.name: _column_type(feature, max_rows) for feature in contract.features}
    shown: JsonDict = {"example": {name: [value] for name, value in example.items()}}  # type: ignore[list-item]
    config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
    described = ConfigDict(**config, json_schema_extra=shown)
    Named = with_config(described)(TypedDict("Columns", fields))  # type: ignore[operator]
    columns = Annotated[Named, AfterValidator(_check_lengths)]  # type: ignore[valid-type]
    return create_model(
        "PredictColumnsRequest", __config__=config, columns=(columns, ...), **ids_field(contract, max_rows)
    )


def as_rows(columns: ColumnLists, contract: Contract) -> ColumnRows:
    """The rows of columns that the form allows, in which an absent column is one of missing values."""
    count = len(next(iter(columns.values())))
    missing: list[object] = [None] * count
    return ColumnRows({feature.name: columns.get(feature.name, missing) for feature in contract.features}, count)


def _column_type(feature: Feature, max_rows: int) -> object:
    kind: Any = value_type(feature)
    column: Any = Annotated[list[kind], Field(min_length=1, max_length=max_rows)]
    return NotRequired[column] if feature.nullable else column


def _check_lengths(columns: ColumnLists) -> ColumnLists:
    lengths = {name: len(values) for name, values in columns.items()}
    if not lengths:
        raise PydanticCustomError("columns_empty", "Must hold at least one column, or nobody knows how many rows")
    first, count = next(iter(lengths.items()))
    for name, other in lengths.items():
        if other != count:
            told = "Columns must have one length: {first} has {count}, {name} has {other}"
            where = {"first": first, "count": count, "name": name, "other": other}
            raise PydanticCustomError("columns_length", told, where)
    return columns
