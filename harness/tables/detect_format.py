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
from harness.tables.date_forms import are_clock_times, find_moment_format, read_clock, read_moments
from harness.tables.detect_numbers import LARGEST_WHOLE, find_number_form
from harness.tables.numbers import read_numbers
from harness.tables.typed_values import convert_typed, find_typed_form

MARKERS = frozenset(
    {"?", "n/a", "#n/a", "#na", "na", "nan", "null", "-", "--", "---", ".", "<na>", "#null!", "\\n", "—", "–"}
)
NO_NUMBERS = MARKERS | {"none", "missing", "unknown", "not available", "nil", "inf", "-inf", "infinity", "-infinity"}
MOST_TEXTS = 200_000  # different ones of a column, that are looked at
ROWS_CONVERTED = 500_000  # at once, unless values repeat:
ROWS_A_TEXT = 10  # rows a value
COUNTRIES = re.compile(r"[A-Z]{2}")


def find_form(values: pa.ChunkedArray, name: str, habits: Habits) -> Form:
    """The form of a column, from all of its values, and from the file's habits where they leave it open."""
    if not pa.types.is_string(values.type):
        return find_typed_form(values, name)
    parts = _slices(values)
    if len(parts) > 1 and pc.count_distinct(parts[0]).as_py() > MOST_TEXTS:
        return _form_of_many(parts, name, habits)
    counts = pc.value_counts(values.drop_null())
    form = _form_of_counts(counts if len(counts) <= MOST_TEXTS else _some(counts), name, habits)
    if len(counts) > MOST_TEXTS and form.kind != "text":  # also look at what is no number, or no date
        form = _form_of_counts(_some(counts, form), name, habits)
    return form


def _form_of_many(parts: list[pa.ChunkedArray], name: str, habits: Habits) -> Form:
    """The form of millions of different texts: some of each part are looked at, and whatever a form does not read."""

    def some_of_each(form: Form | None = None) -> pa.StructArray:
        picked = [_some(pc.value_counts(part.drop_null()), form, MOST_TEXTS // len(parts)) for part in parts]
        table = pa.Table.from_struct_array(pa.chunked_array(picked))
        summed = table.group_by("values", use_threads=False).aggregate([("counts", "sum")])
        columns = [summed[column].combine_chunks() for column in ("values", "counts_sum")]
        return pa.StructArray.from_arrays(columns, ["values", "counts"])

    form = _form_of_counts(some_of_each(), name, habits)
    return _form_of_counts(some_of_each(form), name, habits) if form.kind != "text" else form


def _form_of_counts(counts: pa.StructArray, name: str, habits: Habits) -> Form:
    texts = pc.struct_field(counts, "values").to_pandas().astype("str")  # Arrow's: five times as fast as objects
    weights = pc.struct_field(counts, "counts").to_numpy(zero_copy_only=False)
    return _form_of_texts(texts, weights, name, habits)


def _some(counts: pa.StructArray, form: Form | None = None, most: int = MOST_TEXTS) -> pa.StructArray:
    """Of very many texts some, with all that may stand for missing, and with those that a form does not read."""
    texts = pc.struct_field(counts, "values")
    odd = pc.is_in(pc.utf8_lower(texts), pa.array(sorted(NO_NUMBERS)))
    unread = convert(pa.chunked_array([texts]), form).is_null() if form else odd
    picked = [
        np.linspace(0, len(texts) - 1, min(most, len(texts))).astype(np.int64),
        *(np.flatnonzero(np.asarray(one))[:most] for one in (odd, unread)),
    ]
    return counts.take(pa.array(np.unique(np.concatenate(picked))))


def convert(values: pa.ChunkedArray, form: Form) -> pa.ChunkedArray:
    """The values in their form; null where they are missing or none of its kind."""
    if form.moment.startswith("%") and pa.types.is_primitive(values.type) and not pa.types.is_temporal(values.type):
        values = values.cast(pa.int64(), safe=False).cast(pa.string())  # days as 20140513
    if not pa.types.is_string(values.type):
        return _without_void(convert_typed(values, form), form)
    parts = _slices(values)
    few = len(parts) > 1 and pc.count_distinct(parts[0]).as_py() <= ROWS_CONVERTED // ROWS_A_TEXT
    converted = _convert_texts(values, form) if few else [one for part in parts for one in _convert_texts(part, form)]
    return _without_void(pa.chunked_array(converted), form)


def _slices(values: pa.ChunkedArray) -> list[pa.ChunkedArray]:
    return [values.slice(start, ROWS_CONVERTED) for start in range(0, max(1, len(values)), ROWS_CONVERTED)]


def _convert_texts(values: pa.ChunkedArray, form: Form) -> list[pa.Array]:
    """Each different text is read once."""
    coded = values.dictionary_encode()
    if not coded.num_chunks:
        return [_read(pd.Series([], dtype=object), form)]
    texts = pd.Series(coded.chunk(0).dictionary.to_pylist(), dtype=object)  # of all chunks
    if form.quotes:
        texts = texts.str.strip(form.quotes).str.strip()
    read = _read(texts.mask(texts.isin(form.missing)), form)
    return [pc.take(read, chunk.indices) for chunk in coded.chunks]


def _without_void(values: pa.ChunkedArray, form: Form) -> pa.ChunkedArray:
    """Null in place of the numbers that stand for missing."""
    if not form.void:
        return values
    whole = pa.types.is_integer(values.type)  # which hold no -9.99 and no 1e30
    void = [value for value in form.void if not whole or (float(value).is_integer() and abs(value) < LARGEST_WHOLE)]
    return pc.if_else(pc.is_in(values, pa.array(void, pa.float64()).cast(values.type)), None, values)


def _form_of_texts(texts: Texts, weights: NDArray[np.int64], name: str, habits: Habits) -> Form:
    """Truth values, numbers, moments, otherwise names; an unlikely text means that the value is missing."""
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
    if moment or are_clock_times(texts[~texts.isin(missing)]):
        return _with_strangers(Form("moment" if moment else "clock", missing, moment=moment), texts)
    return Form("text", missing)


def _with_strangers(form: Form, texts: Texts) -> Form:
    """The form that takes for missing what it cannot read, too: a later file may hold the same texts, and no others."""
    unread = _read(texts, form).is_null().to_numpy(zero_copy_only=False)
    return replace(form, missing=form.missing | frozenset(texts[unread]))


def _read(texts: Texts, form: Form) -> pa.Array:
    if form.kind == "boolean":
        return pa.array(texts.str.casefold().map({"true": True, "false": False}).astype("boolean"))
    if form.kind == "moment":
        return pa.array(read_moments(texts, form.moment).astype("datetime64[us]"), pa.timestamp("us"))
    if form.kind == "clock":
        texts = read_clock(texts)
    if form.kind in {"integer", "number"}:
        numbers = read_numbers(texts.astype(object), form)
        return pa.array(numbers.astype("Int64" if form.kind == "integer" else "Float64"))
    return pa.array(texts.tolist(), pa.string(), from_pandas=True)
