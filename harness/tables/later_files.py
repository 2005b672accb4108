"""A later file of the source that was adopted → the form of data/: read as `make adopt` read the first one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandera.pandas as pandera
import pyarrow as pa
import pyarrow.compute as pc

from harness.core.clock import CLOCK_TIMES
from harness.core.errors import ProjectError
from harness.core.files import ending
from harness.core.paths import DATA_DVC
from harness.data.roles import FEATURE_ROLES, columns_by_role
from harness.data.violations import violation_lines
from harness.tables.column_format import Form
from harness.tables.date_forms import at_midnight
from harness.tables.date_parts import DateParts
from harness.tables.detect_format import NO_NUMBERS, convert
from harness.tables.recorded_format import Recorded, form_of, plain_form
from harness.tables.source import Source
from harness.tables.staging import Staged, stage
from harness.tables.write_rows import hashed, numbered, write_rows

VALUES_SHOWN = 5  # values shown per column: a wrong form usually repeats in every row
MUST = {
    "text": "a text", "clock": CLOCK_TIMES, "moment": "a date", "integer": "a whole number", "number": "a number",
    "boolean": "true or false",
}  # fmt: skip


def reread(
    source: Source, read: Recorded, wanted: Sequence[str], schema: pandera.DataFrameSchema, to: Path, first: int
) -> int | None:
    """Write the wanted columns in the form of data/, without rows that lack a target; returns their number.

    Returns None and writes nothing if the file already has the form of data/. Raises ProjectError if it cannot be read,
    or if a value is not of its column's kind.
    """
    table = _staged(source, to, read)
    forms = {name: fitting_form(name, read, schema, table) for name in wanted if name in table.columns}
    if ending(source.path) == to.suffix and _is_ours(table, forms, schema):
        return None
    held = {name: form for name, form in forms.items() if form.kind != "nested"}  # of lists data/ keeps no value
    lines = [line for name, form in held.items() for line in _unread(source.path, name, table, form)]
    if lines:
        lines.append(f"{source.path}: read as {DATA_DVC} says (meta.read): correct the values; nothing was written")
        raise ProjectError("\n".join(lines))
    (target,) = columns_by_role(schema)["target"]
    lost = table.keep_rows_with(target, forms[target]) if target in forms else 0
    if lost == table.rows:
        raise ProjectError(f"{source.path}: none of {lost} rows has a value in the target {target}")
    parts: Iterable[pa.Table] = (
        pa.table({name: convert(batch[name], form) for name, form in forms.items()}) for batch in table.batches()
    )
    number, equal = read.get("numbered", ""), read.get("hashed", "")
    if equal and equal not in forms:
        roles = columns_by_role(schema)
        parts = hashed(parts, equal, [name for role in FEATURE_ROLES for name in roles[role]])
    write_rows(numbered(parts, number, first) if number and number not in forms else parts, to)
    return lost


def retext(source: Source, read: Recorded, schema: pandera.DataFrameSchema, to: Path) -> None:
    """Write every row and column as CSV, declared columns in the form of data/; unreadable values stay as they are.

    Writes nothing if the file already has the form of data/.
    """
    table = _staged(source, to, read)
    forms = {name: fitting_form(name, read, schema, table) for name in schema.columns if name in table.names}
    if source.kind == "csv" and _is_ours(table, forms, schema):
        return
    # JSON may leave out a column that is missing in every row.
    absent = [name for name, column in schema.columns.items() if column.nullable and name not in table.names]

    def part(batch: Mapping[str, pa.ChunkedArray]) -> pa.Table:
        rows = {name: _as_text(raw, forms[name]) if name in forms else raw for name, raw in batch.items()}
        gaps = pa.nulls(len(next(iter(batch.values()))), pa.string())
        return pa.table({**rows, **dict.fromkeys(absent if source.kind == "json" else [], gaps)})

    write_rows(map(part, table.batches()), to)


def _is_ours(table: Staged, forms: Mapping[str, Form], schema: pandera.DataFrameSchema) -> bool:
    """Whether fewer values are lost if the file is read as data/ is written: dates in ISO, a point before decimals."""
    told = {name: form for name, form in forms.items() if form != plain_form(name, schema)}

    def lost(form: Mapping[str, Form]) -> int:
        return sum(pc.sum(_lost(table.column(name), form[name])).as_py() or 0 for name in told)

    as_source = lost(told)
    return bool(as_source) and lost({name: plain_form(name, schema) for name in told}) < as_source


def _staged(source: Source, to: Path, read: Recorded) -> Staged:
    path = to.with_suffix(".staged")
    stage(source, path)
    table = Staged(path, source.header, source.delimiter)
    made = [DateParts(name, parts) for name, parts in (read.get("assembled") or {}).items() if name not in table.names]
    table.parts = next((parts for parts in made if set(parts.parts.values()) <= set(table.names)), None)
    return table


def fitting_form(name: str, read: Recorded, schema: pandera.DataFrameSchema, table: Staged) -> Form:
    """As data.dvc says; with thousands' separators where the first file had no number that is large enough."""
    form, raw = form_of(name, read, schema), table.column(name)
    if form.kind not in {"number", "integer"} or form.moment or form.thousands or not pa.types.is_string(raw.type):
        return form
    grouped = replace(form, thousands="," if form.decimal == "." else ".")
    return grouped if pc.any(_lost(raw, form)).as_py() and not pc.any(_lost(raw, grouped)).as_py() else form


def _as_text(raw: pa.ChunkedArray, form: Form) -> pa.ChunkedArray:
    """The values as data/ writes them."""
    lost = _lost(raw, form)
    if pc.all(pc.or_(lost, raw.is_null())).as_py():
        return raw.cast(pa.string())
    values = convert(pc.if_else(lost, None, raw), form)
    texts = _iso(values) if form.kind == "moment" else values.cast(pa.string())
    return pc.if_else(lost, raw.cast(pa.string()), texts)


def _iso(moments: pa.ChunkedArray) -> pa.ChunkedArray:
    """2024-02-29T13:08:30; midnight gives only the date."""
    seconds = pc.floor_temporal(moments, unit="second").cast(pa.timestamp("s"))
    return pc.if_else(at_midnight(seconds), pc.strftime(seconds, "%Y-%m-%d"), pc.strftime(seconds, "%Y-%m-%dT%H:%M:%S"))


def _unread(new: Path, name: str, table: Staged, form: Form) -> list[str]:
    """A line for each value that is not missing and none of its column's kind."""
    raw = table.column(name)
    lost = _lost(raw, form)
    rows = (row + 1 for row in pc.indices_nonzero(lost).to_pylist())
    how = f" ({form.moment})" if form.moment else ""
    values = zip(rows, map(str, raw.filter(lost).to_pylist()), strict=True)
    return list(violation_lines(new, name, MUST[form.kind] + how, values, VALUES_SHOWN))


def _lost(raw: pa.ChunkedArray, form: Form) -> pa.ChunkedArray:
    """Which values are not missing, and none of the kind."""
    lost = pc.and_(raw.is_valid(), as_kind(raw, form).is_null())
    if not pa.types.is_string(raw.type):
        return lost
    gaps = pc.is_in(raw, pa.array(sorted(form.missing), pa.string()))
    if form.kind != "text":
        gaps = pc.or_(gaps, pc.is_in(pc.utf8_lower(raw), pa.array(sorted(NO_NUMBERS))))
    return pc.and_(lost, pc.invert(gaps))


def as_kind(raw: pa.ChunkedArray, form: Form) -> pa.ChunkedArray:
    """The values, null where they are missing or none of the kind."""
    whole, kind = form.kind == "integer", raw.type
    if whole and not form.moment and pa.types.is_integer(kind):
        return raw
    readable = pa.types.is_temporal(kind) or pa.types.is_string(kind) or form.moment in {"s", "ms"}
    if form.kind == "moment" and not readable:
        return pa.chunked_array([pa.nulls(len(raw))])  # a number is no moment, though Arrow takes it for one
    try:
        values = convert(raw, replace(form, kind="number") if whole else form)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.chunked_array([pa.nulls(len(raw))])
    return pc.if_else(pc.equal(pc.floor(values), values), values, None) if whole else values
