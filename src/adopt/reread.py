"""A later file of the source that was adopted → the form of data/: read as `make adopt` read the first one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pandera.pandas as pandera
import pyarrow as pa
import pyarrow.compute as pc

from src.adopt.facts import Staged
from src.adopt.form import Form, Kind
from src.adopt.forms import NO_NUMBERS, convert, find_form
from src.adopt.plan import Plan
from src.adopt.sniff import Source
from src.adopt.stage import stage
from src.adopt.write_rows import numbered, write_rows
from src.contract import ColumnType
from src.dvc_data import DATA
from src.errors import ProjectError
from src.roles import column_type, columns_by_role
from src.validation import violation_lines

KINDS: dict[ColumnType, Kind] = {
    "string": "text", "date": "moment", "integer": "integer", "number": "number", "boolean": "boolean"
}  # fmt: skip
MUST = {
    "text": "a text", "moment": "a date", "integer": "a whole number", "number": "a number", "boolean": "true or false"
}  # fmt: skip


def how_it_was_read(source: Source, plan: Plan) -> dict[str, Any]:
    """How the source is written, for data.dvc: what the types in src/schema.py do not tell."""
    stored = [column for column in plan.columns if column.stored and column.name in source.header]
    added = [column.name for column in plan.columns if column.name not in source.header]
    return {
        "kind": source.kind,
        "delimiter": source.delimiter,
        **({"numbered": added[0]} if added else {}),
        "columns": {column.name: _told(column.form) for column in stored if len(_told(column.form)) > 1},
    }


def reread(
    source: Source,
    read: Mapping[str, Any],
    wanted: Sequence[str],
    schema: pandera.DataFrameSchema,
    to: Path,
    first: int,
) -> int:
    """Write the wanted columns as data/ has them, but for the rows without a target; the number of those.

    Raises ProjectError if the file cannot be read, or holds a value that is none of its column's kind.
    """
    staged = to.with_suffix(".staged")
    stage(source, staged)
    table = Staged(staged, source.header, source.delimiter)
    columns = read.get("columns") or {}
    forms = {name: _form(name, columns, schema, table) for name in wanted if name in source.header}
    declared = {name: form for name, form in forms.items() if name in schema.columns}
    lines = [line for name, form in declared.items() for line in _unread(source.path, name, table, form)]
    if lines:
        raise ProjectError("\n".join([*lines, f"{source.path}: read as {DATA} says (meta.read); nothing was written"]))
    target = columns_by_role(schema)["target"][0]
    lost = table.keep_rows_with(target, forms[target]) if target in forms else 0
    parts: Iterable[pa.Table] = (
        pa.table({name: convert(batch[name], form) for name, form in forms.items()}) for batch in table.batches()
    )
    number = read.get("numbered")
    write_rows(numbered(parts, number, first) if number and number not in forms else parts, to)
    return lost


def _told(form: Form) -> dict[str, Any]:
    """The kind, and all that is not as by default; texts that are missing in any column of numbers are not told."""
    told = {
        field.name: getattr(form, field.name) for field in fields(form) if getattr(form, field.name) != field.default
    }
    missing = sorted(text for text in form.missing if form.kind == "text" or text.casefold() not in NO_NUMBERS)
    told.pop("missing", None)
    return {**told, **({"missing": missing} if missing else {})}


def _form(name: str, read: Mapping[str, Any], schema: pandera.DataFrameSchema, table: Staged) -> Form:
    if name in read:
        try:
            return Form(**{**read[name], "missing": frozenset(read[name].get("missing", ()))})
        except (TypeError, AttributeError):
            raise ProjectError(
                f"{DATA}: meta.read.columns.{name}: no way to read a column, got {read[name]!r}"
            ) from None
    if name in schema.columns:
        return Form(KINDS[column_type(schema.columns[name])])
    return find_form(table.column(name), name, table.habits)


def _unread(new: Path, name: str, table: Staged, form: Form) -> list[str]:
    """A line for each value that is not missing and none of its column's kind."""
    raw = table.column(name)
    lost = pc.and_(raw.is_valid(), _as_kind(raw, form).is_null())
    values = raw.filter(lost).to_pylist()
    rows = pc.indices_nonzero(lost).to_pylist()
    gaps = form.missing if form.kind == "text" else form.missing | NO_NUMBERS
    bad = [
        (row + 1, value)
        for row, value in zip(rows, map(str, values), strict=True)
        if not {value, value.casefold()} & gaps
    ]
    how = f" ({form.moment})" if form.moment else ""
    return list(violation_lines(new, name, MUST[form.kind] + how, bad))


def _as_kind(raw: pa.ChunkedArray, form: Form) -> pa.ChunkedArray:
    """The values, null where they are missing or none of the kind."""
    whole, kind = form.kind == "integer", raw.type
    if form == Form("moment") and not (pa.types.is_timestamp(kind) or pa.types.is_date(kind)):
        return pa.chunked_array([pa.nulls(len(raw))])  # a number is no moment, though Arrow takes it for one
    try:
        values = convert(raw, replace(form, kind="number") if whole else form)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.chunked_array([pa.nulls(len(raw))])
    return pc.if_else(pc.equal(pc.floor(values), values), values, None) if whole else values
