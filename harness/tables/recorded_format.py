"""How an adopted file is written, stored in data.dvc, because the types in src/schema.py do not say it."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any, TypedDict

import pandera.pandas as pandera

from harness.core.contract import ColumnType
from harness.core.errors import ProjectError
from harness.core.params import read_yaml
from harness.core.paths import DATA_DVC
from harness.data.roles import column_type, is_clock
from harness.tables.column_format import Form, Kind
from harness.tables.detect_format import NO_NUMBERS
from harness.tables.source import Source, sniff

UNMISTAKABLE = ("utf-8", "utf-8-sig", "utf-16")  # by their form, or a byte order mark
KIND_OF_TYPE: dict[ColumnType, Kind] = {
    "string": "text", "date": "moment", "integer": "integer", "number": "number", "boolean": "boolean"
}  # fmt: skip


class Recorded(TypedDict, total=False):
    """data.dvc's meta: read."""

    kind: str
    delimiter: str
    encoding: str
    assembled: dict[str, dict[str, str]]  # a moment that the source writes in parts: its columns by unit
    hashed: str  # the column that says which rows are equal in all features, which the source has not
    numbered: str  # the column that numbers the rows, which the source has not
    columns: dict[str, dict[str, object]]  # a Form's fields that are not as by default


def read_as_adopted(new: Path) -> tuple[Recorded, Source | None]:
    """How the adopted source is written, and a file of its kind; None where it is of another, or none was adopted.

    Raises ProjectError if the file is not UTF-8 and the source was. A legacy encoding is not guessed again.
    """
    meta = read_yaml(DATA_DVC).get("meta") or {}
    read: Recorded = meta.get("read") or Recorded()
    source = _sniffed(new, read.get("encoding", "utf-8")) if read else None
    if source is None or (source.kind, source.delimiter) != (read.get("kind"), read.get("delimiter")):
        return read, None
    kept = read.get("encoding", source.encoding)
    if source.encoding in UNMISTAKABLE or kept == source.encoding:
        return read, source
    if kept in UNMISTAKABLE:
        raise ProjectError(f"{new}: not UTF-8, as the source of data/ was; save the file as UTF-8")
    return read, replace(source, encoding=kept)


def _sniffed(new: Path, kept: str) -> Source:
    """A file's form; one whose encoding is not clear is read as the adopted one was."""
    try:
        return sniff(new)
    except ProjectError:
        if kept in UNMISTAKABLE:
            raise
    try:
        return sniff(new, kept)
    except ProjectError:
        raise ProjectError(f"{new}: no text in {kept}, as the source of data/ was; is it damaged?") from None


def form_of(name: str, read: Recorded, schema: pandera.DataFrameSchema) -> Form:
    """How a column is read: as recorded, otherwise by its declared type, otherwise as text.

    Raises ProjectError if data.dvc does not describe it as `make adopt` does.
    """
    columns = read.get("columns") or {}
    if name in columns:
        try:
            form: dict[str, Any] = dict(columns[name])
            return Form(**{**form, "missing": frozenset(form.get("missing", ())), "void": tuple(form.get("void", ()))})
        except (TypeError, AttributeError):
            raise ProjectError(
                f"{DATA_DVC}: meta.read.columns.{name}: must describe how a column is read, got {columns[name]!r}"
            ) from None
    return plain_form(name, schema)


def plain_form(name: str, schema: pandera.DataFrameSchema) -> Form:
    """How data/ writes a column."""
    kind: Kind = "text"
    if name in schema.columns:
        kind = "clock" if is_clock(schema.columns[name]) else KIND_OF_TYPE[column_type(schema.columns[name])]
    return Form(kind, moment="ISO8601" if kind == "moment" else "")


def form_to_record(form: Form) -> dict[str, object]:
    """The kind and every value that is no default, without the texts that mean missing in every column of numbers."""
    told = {
        field.name: getattr(form, field.name) for field in fields(form) if getattr(form, field.name) != field.default
    }
    missing = sorted(text for text in form.missing if form.kind == "text" or text.casefold() not in NO_NUMBERS)
    told.pop("missing", None)
    if form.void:
        told["void"] = list(form.void)
    return {**told, **({"missing": missing} if missing else {})}
