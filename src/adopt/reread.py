"""A later file of the source that was adopted → the form of data/: read as `make adopt` read the first one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandera.pandas as pandera
import pyarrow as pa
import pyarrow.compute as pc

from src.adopt.facts import Staged
from src.adopt.form import Form
from src.adopt.forms import NO_NUMBERS, convert
from src.adopt.sniff import Source
from src.adopt.stage import stage
from src.adopt.write_rows import numbered, write_rows
from src.adopt.written import form_of
from src.dvc_data import DATA
from src.errors import ProjectError
from src.roles import columns_by_role
from src.validation import violation_lines

MUST = {
    "text": "a text", "moment": "a date", "integer": "a whole number", "number": "a number", "boolean": "true or false"
}  # fmt: skip


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
    table = _staged(source, to)
    forms = {name: form_of(name, read, schema, table) for name in wanted if name in source.header}
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


def retext(source: Source, read: Mapping[str, Any], schema: pandera.DataFrameSchema, to: Path) -> None:
    """Write every row and column as CSV, declared columns as data/ has them; what cannot be read stays as it is."""
    table = _staged(source, to)
    forms = {name: form_of(name, read, schema, table) for name in schema.columns if name in table.names}

    def part(batch: Mapping[str, pa.ChunkedArray]) -> pa.Table:
        return pa.table({name: _as_text(raw, forms[name]) if name in forms else raw for name, raw in batch.items()})

    write_rows(map(part, table.batches()), to)


def _staged(source: Source, to: Path) -> Staged:
    path = to.with_suffix(".staged")
    stage(source, path)
    return Staged(path, source.header, source.delimiter)


def _as_text(raw: pa.ChunkedArray, form: Form) -> pa.ChunkedArray:
    """The values as data/ writes them."""
    lost = _lost(raw, form)
    if pc.all(pc.or_(lost, raw.is_null())).as_py():
        return raw.cast(pa.string())
    values = convert(pc.if_else(lost, None, raw), form)
    texts = pc.strftime(values, "%Y-%m-%d") if form.kind == "moment" else values.cast(pa.string())
    return pc.if_else(lost, raw.cast(pa.string()), texts)


def _unread(new: Path, name: str, table: Staged, form: Form) -> list[str]:
    """A line for each value that is not missing and none of its column's kind."""
    raw = table.column(name)
    lost = _lost(raw, form)
    rows = (row + 1 for row in pc.indices_nonzero(lost).to_pylist())
    how = f" ({form.moment})" if form.moment else ""
    values = zip(rows, map(str, raw.filter(lost).to_pylist()), strict=True)
    return list(violation_lines(new, name, MUST[form.kind] + how, values))


def _lost(raw: pa.ChunkedArray, form: Form) -> pa.ChunkedArray:
    """Which values are not missing, and none of the kind."""
    lost = pc.and_(raw.is_valid(), _as_kind(raw, form).is_null())
    if not pa.types.is_string(raw.type):
        return lost
    gaps = pc.is_in(raw, pa.array(sorted(form.missing), pa.string()))
    if form.kind != "text":
        gaps = pc.or_(gaps, pc.is_in(pc.utf8_lower(raw), pa.array(sorted(NO_NUMBERS))))
    return pc.and_(lost, pc.invert(gaps))


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
