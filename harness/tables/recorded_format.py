"""How an adopted source is written, as data.dvc keeps it: what the types in src/schema.py do not tell."""

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pandera.pandas as pandera

from harness.adopt.plan import Plan
from harness.core.contract import ColumnType
from harness.core.errors import ProjectError
from harness.core.params import read_yaml
from harness.core.paths import DATA_DVC
from harness.data.roles import column_type
from harness.tables.column_format import Form, Kind
from harness.tables.detect_format import NO_NUMBERS
from harness.tables.source import Source, sniff

UNMISTAKABLE = ("utf-8", "utf-8-sig", "utf-16")  # by their form, or a byte order mark
KINDS: dict[ColumnType, Kind] = {
    "string": "text", "date": "moment", "integer": "integer", "number": "number", "boolean": "boolean"
}  # fmt: skip


def how_it_was_read(source: Source, plan: Plan) -> dict[str, Any]:
    """For data.dvc's meta."""
    stored = [column for column in plan.columns if column.stored and column.name in source.header]
    told = {column.name: _told(column.form) for column in stored}
    unusual = {column.name for column in stored if not column.roles or len(told[column.name]) > 1}
    added = [column.name for column in plan.columns if column.name not in source.header]
    return {
        "kind": source.kind,
        "delimiter": source.delimiter,
        "encoding": source.encoding,
        **({"numbered": added[0]} if added else {}),
        "columns": {name: form for name, form in told.items() if name in unusual},
    }


def read_as_adopted(new: Path) -> tuple[dict[str, Any], Source | None]:
    """How the adopted source is written, and a file of its kind; None where it is of another, or none was adopted.

    Raises ProjectError if the file is not UTF-8 and the source was. A legacy encoding is not guessed again.
    """
    read: dict[str, Any] = (read_yaml(DATA_DVC).get("meta") or {}).get("read") or {}
    source = sniff(new) if read else None
    if source is None or (source.kind, source.delimiter) != (read.get("kind"), read.get("delimiter")):
        return read, None
    kept = read.get("encoding", source.encoding)
    if source.encoding in UNMISTAKABLE or kept == source.encoding:
        return read, source
    if kept in UNMISTAKABLE:
        raise ProjectError(f"{new}: not UTF-8, as the source of data/ was; save the file as UTF-8")
    return read, replace(source, encoding=kept)


def form_of(name: str, read: Mapping[str, Any], schema: pandera.DataFrameSchema) -> Form:
    """How a column is read: as it was, else by its declared type, else as text.

    Raises ProjectError if data.dvc tells it otherwise than `make adopt` does.
    """
    columns = read.get("columns") or {}
    if name in columns:
        try:
            return Form(**{**columns[name], "missing": frozenset(columns[name].get("missing", ()))})
        except (TypeError, AttributeError):
            raise ProjectError(
                f"{DATA_DVC}: meta.read.columns.{name}: no way to read a column, got {columns[name]!r}"
            ) from None
    return plain_form(name, schema)


def plain_form(name: str, schema: pandera.DataFrameSchema) -> Form:
    """How data/ writes a column."""
    kind = KINDS[column_type(schema.columns[name])] if name in schema.columns else "text"
    return Form(kind, moment="ISO8601" if kind == "moment" else "")


def _told(form: Form) -> dict[str, Any]:
    """The kind, and all that is not as by default; texts that are missing in any column of numbers are not told."""
    told = {
        field.name: getattr(form, field.name) for field in fields(form) if getattr(form, field.name) != field.default
    }
    missing = sorted(text for text in form.missing if form.kind == "text" or text.casefold() not in NO_NUMBERS)
    told.pop("missing", None)
    return {**told, **({"missing": missing} if missing else {})}
