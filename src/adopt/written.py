"""How an adopted source is written, as data.dvc keeps it: what the types in src/schema.py do not tell."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pandera.pandas as pandera

from src.adopt.facts import Staged
from src.adopt.form import Form, Kind
from src.adopt.forms import NO_NUMBERS, find_form
from src.adopt.plan import Plan
from src.adopt.sniff import Source, sniff
from src.contract import ColumnType
from src.dvc_data import DATA
from src.errors import ProjectError
from src.params import read_yaml
from src.roles import column_type

KINDS: dict[ColumnType, Kind] = {
    "string": "text", "date": "moment", "integer": "integer", "number": "number", "boolean": "boolean"
}  # fmt: skip


def how_it_was_read(source: Source, plan: Plan) -> dict[str, Any]:
    """For data.dvc's meta."""
    stored = [column for column in plan.columns if column.stored and column.name in source.header]
    added = [column.name for column in plan.columns if column.name not in source.header]
    return {
        "kind": source.kind,
        "delimiter": source.delimiter,
        **({"numbered": added[0]} if added else {}),
        "columns": {column.name: _told(column.form) for column in stored if len(_told(column.form)) > 1},
    }


def read_as_adopted(new: Path) -> tuple[dict[str, Any], Source | None]:
    """How the adopted source is written, and a file of its kind; None where it is of another, or none was adopted."""
    read: dict[str, Any] = (read_yaml(DATA).get("meta") or {}).get("read") or {}
    source = sniff(new) if read else None
    alike = source and (source.kind, source.delimiter) == (read.get("kind"), read.get("delimiter"))
    return read, source if alike else None


def form_of(name: str, read: Mapping[str, Any], schema: pandera.DataFrameSchema, table: Staged) -> Form:
    """How a column is read: as it was, else by its declared type, else by its look.

    Raises ProjectError if data.dvc tells it otherwise than `make adopt` does.
    """
    columns = read.get("columns") or {}
    if name in columns:
        try:
            return Form(**{**columns[name], "missing": frozenset(columns[name].get("missing", ()))})
        except (TypeError, AttributeError):
            raise ProjectError(
                f"{DATA}: meta.read.columns.{name}: no way to read a column, got {columns[name]!r}"
            ) from None
    if name in schema.columns:
        return Form(KINDS[column_type(schema.columns[name])])
    return find_form(table.column(name), name, table.habits)


def _told(form: Form) -> dict[str, Any]:
    """The kind, and all that is not as by default; texts that are missing in any column of numbers are not told."""
    told = {
        field.name: getattr(form, field.name) for field in fields(form) if getattr(form, field.name) != field.default
    }
    missing = sorted(text for text in form.missing if form.kind == "text" or text.casefold() not in NO_NUMBERS)
    told.pop("missing", None)
    return {**told, **({"missing": missing} if missing else {})}
