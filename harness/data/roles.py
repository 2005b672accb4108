"""From the schema to the contract: who plays which role, and what a request may hold."""

from collections.abc import Mapping
from typing import TypedDict

import pandera.pandas as pa

from harness.core.contract import ColumnType, Contract, Feature, Label, Role, Task
from harness.core.errors import ProjectError

SCHEMA = "src/schema.py"
FEATURE_ROLES = ("numeric", "categorical", "text", "clock")
ROLES = ("id", "target", *FEATURE_ROLES, "rare", "slice", "group", "time", "personal")
CHECKS = {  # pandera's checks, and which limit of a feature each of their statistics is
    "greater_than_or_equal_to": {"min_value": "ge"},
    "greater_than": {"min_value": "gt"},
    "less_than_or_equal_to": {"max_value": "le"},
    "less_than": {"max_value": "lt"},
    "in_range": {"min_value": "ge", "max_value": "le"},
    "isin": {"allowed_values": "isin"},
}
COLUMN_TYPES: dict[str, ColumnType] = {
    "int": "integer",
    "uint": "integer",
    "float": "number",
    "bool": "boolean",
    "boolean": "boolean",
    "datetime": "date",
}


class Limits(TypedDict, total=False):
    """What a schema's checks allow, by the names of Feature."""

    ge: float
    gt: float
    le: float
    lt: float
    isin: tuple[Label, ...]


def build_contract(schema: pa.DataFrameSchema, task: Task) -> Contract:
    """The contract of a schema, its classes still empty: they are the data's.

    Raises ProjectError if a role is unknown, missing, given twice or does not fit its column's type.
    """
    roles = columns_by_role(schema)
    features = tuple(_feature(name, column) for name, column in schema.columns.items() if _is_feature(column))
    if not features:
        raise ProjectError(f"{SCHEMA}: no column has the role {', '.join(FEATURE_ROLES[:-1])} or {FEATURE_ROLES[-1]}")
    for role in ("target", "id", "group", "time"):
        for name in roles[role]:
            _check_key(role, name, schema.columns[name])
    for name in roles["slice"]:
        if _limits(schema.columns[name]).get("isin") is None and column_type(schema.columns[name]) != "boolean":
            raise ProjectError(f"{SCHEMA}: {name} is a slice and so needs allowed values (isin=[…])")
    return Contract(
        task=task,
        target=roles["target"][0],
        classes=(),
        features=features,
        id=next(iter(roles["id"]), None),
        group=next(iter(roles["group"]), None),
        time=next(iter(roles["time"]), None),
        slices=tuple(roles["slice"]),
        personal=tuple(roles["personal"]),
    )


def columns_by_role(schema: pa.DataFrameSchema) -> dict[str, list[str]]:
    """Names of the columns of each role.

    Raises ProjectError unless all roles are known, one column is the target and at most one is id, group, time.
    """
    found: dict[str, list[str]] = {role: [] for role in ROLES}
    for name, column in schema.columns.items():
        for role in _roles(column) or [None]:
            if role not in found:
                raise ProjectError(f"{SCHEMA}: {name} has the role {role!r}; known roles: {', '.join(ROLES)}")
            found[role].append(name)
    if len(found["target"]) != 1:
        raise ProjectError(f"{SCHEMA}: one column must have the role target, got {found['target']}")
    for role in ("id", "group", "time"):
        if len(found[role]) > 1:
            raise ProjectError(f"{SCHEMA}: at most one column may have the role {role}, got {found[role]}")
    return found


def is_text(column: pa.Column) -> bool:
    """Whether a column is to be read as text, so that 007 stays 007, and 20240229 no number."""
    return column_type(column) in {"string", "date"}


def _check_key(role: str, name: str, column: pa.Column) -> None:
    """What rows are dealt out, grouped, ordered or learnt by has to be there in every row."""
    if column.nullable:
        raise ProjectError(f"{SCHEMA}: {name} is the {role} and so cannot be nullable")
    moment = column_type(column) == "date"
    if moment != (role == "time") and (moment or role == "time"):
        must = "must" if role == "time" else "cannot"
        raise ProjectError(f"{SCHEMA}: {name} is the {role} and so {must} be a date, got {column.dtype}")


def _roles(column: pa.Column) -> list[object]:
    role = (column.metadata or {}).get("role", [])
    return [role] if isinstance(role, str) else list(role)


def _is_feature(column: pa.Column) -> bool:
    return bool(set(FEATURE_ROLES) & set(_roles(column)))


def is_clock(column: pa.Column) -> bool:
    """Whether a column's texts are times of day."""
    return "clock" in _roles(column)


def _feature(name: str, column: pa.Column) -> Feature:
    roles, kind, limits = _roles(column), column_type(column), _limits(column)
    if len(taken := [role for role in FEATURE_ROLES if role in roles]) > 1:
        raise ProjectError(f"{SCHEMA}: {name} cannot be both {' and '.join(taken)}")
    if "target" in roles:
        raise ProjectError(f"{SCHEMA}: {name} is the target and so cannot be a feature")
    if "numeric" in roles and kind == "string":
        raise ProjectError(f"{SCHEMA}: {name} is {column.dtype} and so cannot be numeric")
    for own in ("text", "clock"):
        if own in roles and (kind != "string" or limits):
            raise ProjectError(
                f"{SCHEMA}: {name} has the role {own} and so must be str, without allowed values or bounds"
            )
    if "clock" in roles:
        return Feature(name, "time", "numeric", bool(column.nullable))
    role: Role = "numeric" if "numeric" in roles else "categorical"
    if kind == "date":
        _check_date(name, column, role, limits)
    if "rare" in roles and ("categorical" not in roles or limits):
        raise ProjectError(f"{SCHEMA}: {name} has the role rare and so must be categorical, without allowed values")
    return Feature(name, kind, role, bool(column.nullable), free="text" in roles, rare="rare" in roles, **limits)


def _check_date(name: str, column: pa.Column, role: str, limits: Mapping[str, object]) -> None:
    """What a request cannot say, or the service would not hold it to, cannot be asked of a feature."""
    if role == "categorical":
        raise ProjectError(f"{SCHEMA}: {name} is a date and so cannot be categorical; the role numeric takes its parts")
    if "," in str(column.dtype):
        raise ProjectError(f"{SCHEMA}: {name} is {column.dtype}: a date that is a feature cannot have a time zone")
    if limits:
        raise ProjectError(f"{SCHEMA}: {name} is a date and so cannot have {'/'.join(limits)} as a feature")


def column_type(column: pa.Column) -> ColumnType:
    """What a column holds, whatever its dtype is called."""
    # int64, Int64, float32, boolean, string[pyarrow], datetime64[ns, UTC], …
    name = str(column.dtype).lower().partition("[")[0].rstrip("0123456789")
    return COLUMN_TYPES.get(name, "string")


def _limits(column: pa.Column) -> Limits:
    limits = Limits()
    for check in column.checks:
        for statistic, limit in CHECKS.get(check.name, {}).items():
            limits[limit] = (check.statistics or {})[statistic]  # type: ignore[literal-required]
    if limits.get("isin") is not None:
        limits["isin"] = tuple(limits["isin"])
    return limits
