"""One column of texts → what it holds (numbers, truth values, moments, names) and how to read it as that."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from harness.tables.column_format import Form, Texts
from harness.tables.conventions import Habits
from harness.tables.date_forms import (
    FIRST_NANOSECOND_YEAR,
    LAST_NANOSECOND_YEAR,
    find_compact_date,
    find_moment_format,
    find_unit,
    read_moments,
)
from harness.tables.detect_numbers import find_number_form
from harness.tables.numbers import read_numbers

MARKERS = frozenset(
    {"?", "n/a", "#n/a", "#na", "na", "nan", "null", "-", "--", "---", ".", "<na>", "#null!", "\\n", "—", "–"}
)
NO_NUMBERS = MARKERS | {"none", "missing", "unknown", "not available", "nil", "inf", "-inf", "infinity", "-infinity"}
COMPACT = 10_000  # different whole numbers that are looked at for days of the calendar
COUNTRIES = re.compile(r"[A-Z]{2}")


def find_form(values: pa.ChunkedArray, name: str, habits: Habits) -> Form:
    """The form of a column, from all of its values, and from the file's habits where they leave it open."""
    kind = values.type
    if pa.types.is_string(kind):
        counts = pc.value_counts(values.drop_null())
        texts = pc.struct_field(counts, "values").to_pandas().astype("str")  # Arrow's: five times as fast as objects
        weights = pc.struct_field(counts, "counts").to_numpy(zero_copy_only=False)
        return _form_of_texts(texts, weights, name, habits)
    if pa.types.is_integer(kind):
        return _whole_moments(values, name) or Form("integer")
    if pa.types.is_boolean(kind):
        return Form("boolean")
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return Form("number")
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return Form("moment", zone=getattr(kind, "tz", None) or "")
    return Form("text" if pa.types.is_null(kind) else "nested")


def convert(values: pa.ChunkedArray, form: Form) -> pa.ChunkedArray:
    """The values in their form; null where they are missing or none of its kind."""
    if not pa.types.is_string(values.type):
        return _without_void(_convert_typed(values, form), form)
    coded = values.combine_chunks().dictionary_encode() if len(values) else values.cast(pa.string()).dictionary_encode()
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    texts = pd.Series(coded.dictionary.to_pylist(), dtype=object)
    if form.quotes:
        texts = texts.str.strip(form.quotes).str.strip()
    known = _read(texts.mask(texts.isin(form.missing)), form)
    return _without_void(pa.chunked_array([pc.take(known, coded.indices)]), form)


def _without_void(values: pa.ChunkedArray, form: Form) -> pa.ChunkedArray:
    """Null in place of the numbers that stand for missing."""
    if not form.void:
        return values
    return pc.if_else(pc.is_in(values, pa.array(form.void).cast(values.type)), None, values)


def _form_of_texts(texts: Texts, weights: NDArray[np.int64], name: str, habits: Habits) -> Form:
    """Truth values, numbers, moments, else names; an unlikely text means that the value is missing."""
    if len(texts) > 1 and texts.str.fullmatch(r"'.*'").all():
        return replace(_form_of_texts(texts.str[1:-1].str.strip(), weights, name, habits), quotes="'")
    folded = texts.str.lower()
    unknown = folded.isin(MARKERS)
    two_letters = (texts.str.fullmatch(COUNTRIES) & ~folded.isin({"na"})).sum() > 5
    missing = frozenset(texts[unknown & ~(texts.eq("NA") & bool(two_letters))])  # where others are codes, NA is Namibia
    known = ~texts.isin(missing)
    if not known.any():
        return Form("text", missing)
    if folded[known].isin({"true", "false"}).all():
        return Form("boolean", missing)
    known = ~folded.isin(NO_NUMBERS)
    number = find_number_form(texts[known], weights[known.to_numpy()], name, habits.decimal_comma)
    if number and number.kind != "text":
        return _with_strangers(replace(number, missing=frozenset(texts[~known])), texts)
    moment = find_moment_format(texts[~texts.isin(missing)], habits.day_first)
    return _with_strangers(Form("moment", missing, moment=moment), texts) if moment else Form("text", missing)


def _with_strangers(form: Form, texts: Texts) -> Form:
    """The form that takes for missing what it cannot read, too: a later file may hold the same texts, and no others."""
    unread = _read(texts, form).is_null().to_numpy(zero_copy_only=False)
    return replace(form, missing=form.missing | frozenset(texts[unread]))


def _whole_moments(values: pa.ChunkedArray, name: str) -> Form | None:
    """Unix times, and days as 20140513."""
    texts = pd.Series(pc.unique(values).drop_null().cast(pa.string()).to_pylist()[:COMPACT], dtype="str")
    compact = find_compact_date(texts, name) if len(texts) else ""
    if compact:
        return Form("moment", moment=compact)
    least, most = pc.min_max(values).values() if len(values.drop_null()) else (pa.scalar(0), pa.scalar(0))
    unit = find_unit(name, least.as_py(), most.as_py())
    return Form("moment", moment=unit) if unit else None


def _read(texts: Texts, form: Form) -> pa.Array:
    if form.kind == "boolean":
        return pa.array(texts.str.casefold().map({"true": True, "false": False}).astype("boolean"))
    if form.kind == "moment":
        return pa.array(read_moments(texts, form.moment).astype("datetime64[us]"), pa.timestamp("us"))
    if form.kind in {"integer", "number"}:
        numbers = read_numbers(texts.astype(object), form)
        return pa.array(numbers.astype("Int64" if form.kind == "integer" else "Float64"))
    return pa.array(texts.tolist(), pa.string(), from_pandas=True)


def _convert_typed(values: pa.ChunkedArray, form: Form) -> pa.ChunkedArray:
    if form.moment in {"s", "ms"} and not pa.types.is_temporal(values.type):
        if pa.types.is_floating(values.type):  # pandas' whole numbers where one is missing
            values = pc.if_else(pc.is_finite(values), values, None).cast(pa.int64(), safe=False)
        return values.cast(pa.timestamp(form.moment)).cast(pa.timestamp("us"))
    if form.moment.startswith("%") and not pa.types.is_temporal(values.type):
        return convert(values.cast(pa.int64(), safe=False).cast(pa.string()), form)
    if form.kind == "moment":
        moments = values.cast(pa.timestamp("us"), safe=False)
        year = pc.year(moments)  # 9999 stands for never, and pandas' nanoseconds do not reach it
        return pc.if_else(
            pc.and_(pc.greater_equal(year, FIRST_NANOSECOND_YEAR), pc.less_equal(year, LAST_NANOSECOND_YEAR)),
            moments,
            None,
        )
    if form.kind == "number":
        numbers = values.cast(pa.float64())
        return pc.if_else(pc.is_finite(numbers), numbers, None)
    if form.kind == "integer":
        return values.cast(pa.int64())
    return values if form.kind == "boolean" else pa.chunked_array([pa.nulls(len(values), pa.string())])
