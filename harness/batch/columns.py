"""Which columns of a table are read: the model's, in types that can hold them, and those that are to be kept."""

import pyarrow as pa

from harness.batch.read import InputTable
from harness.core.arrow import is_text_type
from harness.core.contract import Contract, Feature
from harness.core.errors import ProjectError
from harness.core.nearest import did_you_mean


def kept_columns(table: InputTable, contract: Contract, keep: str | None) -> list[str]:
    """The id, if the table has it, or those that are named, or "all". Raises ProjectError if one is not there."""
    present = list(table.schema.names)
    if keep is None:
        names = [name for name in present if name == contract.id]
    else:
        names = present if keep == "all" else [name.strip() for name in keep.split(",") if name.strip()]
    for name in names:
        _check_column(table, name, "--keep names it")
    return names


def check_columns(table: InputTable, contract: Contract) -> None:
    """Raises ProjectError unless the model's columns are there, once each, in types that can hold them."""
    present = table.schema.names
    if not {feature.name for feature in contract.features} & set(present):
        start = ", ".join(map(repr, present[:3]))
        hint = "; is the delimiter a comma?" if table.is_csv else ""
        raise ProjectError(f"{table.path}: has none of the model's columns; its first columns are {start}{hint}")
    for feature in contract.features:
        _check_column(table, feature.name, "the model needs it")
        given = table.schema.field(feature.name).type
        if not table.is_csv and not accepts(given, feature):
            kind = f"{feature.type} without a time zone" if feature.timed else feature.type
            raise ProjectError(f"{table.path}: the column {feature.name} must be of type {kind}, got {given}")


def accepts(given: pa.DataType, feature: Feature) -> bool:
    """Whether an Arrow type can hold the feature: as in JSON, a number is neither a text nor a truth value."""
    kind = given.value_type if pa.types.is_dictionary(given) else given
    match feature.type:
        case "string":
            fits = is_text_type(kind)
        case "boolean":
            fits = pa.types.is_boolean(kind)
        case "date":
            dated = pa.types.is_timestamp(kind) or pa.types.is_date(kind) or is_text_type(kind)
            fits = dated and not (feature.timed and pa.types.is_timestamp(kind) and kind.tz)
        case "time":
            fits = pa.types.is_time(kind) or is_text_type(kind)
        case _:
            fits = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    return bool(fits or pa.types.is_null(kind))


def _check_column(table: InputTable, name: str, why: str) -> None:
    count = table.schema.names.count(name)
    if count != 1:
        absent = f"absent{did_you_mean(name, table.schema.names, why)}"
        raise ProjectError(f"{table.path}: the column {name} is {'there twice' if count else absent}")
