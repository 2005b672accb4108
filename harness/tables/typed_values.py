"""Columns with a type in their file: whole numbers, truth values, moments, times of day."""

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from harness.tables.column_format import Form, Kind
from harness.tables.date_forms import FIRST_NANOSECOND_YEAR, LAST_NANOSECOND_YEAR, find_compact_date, find_unit

COMPACT = 10_000  # different whole numbers that are looked at for days of the calendar


def find_typed_form(values: pa.ChunkedArray, name: str) -> Form:
    """The form of a column that holds no texts."""
    kind, types = values.type, pa.types
    if types.is_integer(kind):
        return _whole_moments(values, name) or Form("integer")
    if types.is_timestamp(kind) or types.is_date(kind):
        return Form("moment", zone=getattr(kind, "tz", None) or "")
    found: dict[Kind, bool] = {
        "boolean": types.is_boolean(kind),
        "number": types.is_floating(kind) or types.is_decimal(kind),
        "clock": types.is_time(kind),
        "text": types.is_null(kind),
    }
    return Form(next((name for name, fits in found.items() if fits), "nested"))


def convert_typed(values: pa.ChunkedArray, form: Form) -> pa.ChunkedArray:
    """The values in their form, null where they do not have it; those of a list or an object are left out."""
    if form.kind == "moment":
        return _moments(values, form)
    if form.kind == "number":
        numbers = values.cast(pa.float64())
        return pc.if_else(pc.is_finite(numbers), numbers, None)
    if form.kind == "integer":
        return values.cast(pa.int64())
    if form.kind == "clock":
        return values.cast(pa.time32("s"), safe=False).cast(pa.string())
    return values if form.kind == "boolean" else pa.chunked_array([pa.nulls(len(values), pa.string())])


def _moments(values: pa.ChunkedArray, form: Form) -> pa.ChunkedArray:
    if form.moment in {"s", "ms"} and not pa.types.is_temporal(values.type):
        if pa.types.is_floating(values.type):  # pandas' whole numbers where one is missing
            values = pc.if_else(pc.is_finite(values), values, None).cast(pa.int64(), safe=False)
        return values.cast(pa.timestamp(form.moment)).cast(pa.timestamp("us"))
    moments = values.cast(pa.timestamp("us"), safe=False)
    year = pc.year(moments)  # 9999 stands for never, and pandas' nanoseconds do not reach it
    held = pc.and_(pc.greater_equal(year, FIRST_NANOSECOND_YEAR), pc.less_equal(year, LAST_NANOSECOND_YEAR))
    return pc.if_else(held, moments, None)


def _whole_moments(values: pa.ChunkedArray, name: str) -> Form | None:
    """Unix times, and days as 20140513."""
    texts = pd.Series(pc.unique(values).drop_null().cast(pa.string()).to_pylist()[:COMPACT], dtype="str")
    compact = find_compact_date(texts, name) if len(texts) else ""
    if compact:
        return Form("moment", moment=compact)
    least, most = pc.min_max(values).values() if len(values.drop_null()) else (pa.scalar(0), pa.scalar(0))
    unit = find_unit(name, least.as_py(), most.as_py())
    return Form("moment", moment=unit) if unit else None
