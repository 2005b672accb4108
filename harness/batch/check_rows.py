"""A chunk of a table → the model's two inputs, by the rules of the service's request: which rows are bad, and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from harness.batch.times import clock_times, seconds_of_moments
from harness.core.clock import CLOCK_TIMES
from harness.core.contract import EXACT, ColumnType, Contract, Feature, as_text
from harness.core.schema_lines import opening

NUMBER_CELL = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"  # as the text of a CSV file's cell
DAY_FORMAT = "%Y-%m-%d"
MOMENT_PATTERN = r"^([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?$"
TRUTHS = pa.array(["true", "false", "1", "0"])
MUST_BE: Mapping[ColumnType, str] = {
    "integer": "a whole number",
    "number": "a finite number",
    "boolean": "true or false",
    "string": "UTF-8 text",
    "date": "a date (YYYY-MM-DD)",
    "time": CLOCK_TIMES,
}
TIMED = "a date (YYYY-MM-DD, also with a time of day)"
COMPARISONS = {
    "ge": ("≥", pc.greater_equal),
    "gt": (">", pc.greater),
    "le": ("≤", pc.less_equal),
    "lt": ("<", pc.less),
}
Verdicts = Iterator[tuple[NDArray[np.bool_], str]]  # which values keep a rule, and what the rule asks for


@dataclass(frozen=True)
class Checked:
    """What `predictor.encode` would make of the rows, and the first reason against each bad one, by position."""

    numeric: NDArray[np.float32]
    categorical: NDArray[np.object_]
    reasons: dict[int, str]


def check(columns: Mapping[str, pa.Array] | pa.RecordBatch, contract: Contract) -> Checked:
    """Arrow columns (those of a CSV file: text or bytes, empty = null) against the contract, a column at a time."""
    rows = len(columns[contract.features[0].name])
    numbers, texts = contract.names("numeric"), contract.names("categorical")
    width, timed = len(contract.columns("numeric")), contract.timed()
    checked = Checked(np.empty((rows, width), np.float32), np.empty((rows, len(texts)), object), {})
    for feature in contract.features:
        given = columns[feature.name]
        if feature.role == "numeric":
            values, verdicts = _check_numbers(given, feature)
            checked.numeric[:, numbers.index(feature.name)] = values
            if feature.timed:
                place = len(numbers) + timed.index(feature.name)
                checked.numeric[:, place] = seconds_of_moments(given, pa.array(~np.isnan(values)))
        else:
            values, verdicts = _check_categories(given, feature)
            checked.categorical[:, texts.index(feature.name)] = values
        shown = printable(given)
        for good, must in verdicts:
            for row in np.flatnonzero(~good).tolist():
                value = shown[row].as_py()
                got = "" if value is None else f", got {value!r}"
                checked.reasons.setdefault(row, f"{feature.name} must be {must}{got}")
    return checked


def printable(values: pa.Array) -> pa.Array:
    """Values that Python can hold: moments, which may lie beyond its calendar, as texts."""
    return values.cast(pa.string()) if pa.types.is_temporal(values.type) else values


def _check_numbers(given: pa.Array, feature: Feature) -> tuple[NDArray[np.generic], Verdicts]:
    values = _typed(given, feature)
    with np.errstate(over="ignore"):  # beyond float32 is infinite, as it is to the service
        numbers = values.cast(pa.float64()).to_numpy(zero_copy_only=False).astype(np.float32)
    return numbers, _rules(given, values, feature)


def _check_categories(given: pa.Array, feature: Feature) -> tuple[NDArray[np.generic], Verdicts]:
    """Each distinct value is looked at once."""
    coded = given.dictionary_encode()
    distinct = coded.dictionary
    values = _typed(distinct, feature)
    codes = coded.indices.fill_null(len(distinct)).to_numpy(zero_copy_only=False)  # the last one: missing
    texts = np.array([*(feature.to_text(value) for value in values.to_pylist()), ""], dtype=object)
    verdicts = _rules(distinct, values, feature)
    return texts[codes], ((np.append(good, feature.nullable)[codes], must) for good, must in verdicts)


def _rules(given: pa.Array, values: pa.Array, feature: Feature) -> Verdicts:
    """The first rule is about missing values, so that it is the reason against them."""
    present = given.is_valid()
    if not feature.nullable:
        empty_too = feature.type == "string" and feature.isin is None
        yield _mask(pc.and_(present, pc.greater(pc.utf8_length(values), 0)) if empty_too else present), "present"
    yield _mask(pc.or_(pc.invert(present), values.is_valid())), TIMED if feature.timed else MUST_BE[feature.type]
    for name, (sign, keeps) in COMPARISONS.items():
        if (bound := getattr(feature, name)) is not None:
            yield _mask(keeps(values, bound)), f"{sign} {bound:g}"
    if feature.isin is not None:
        allowed = pc.is_in(values, pa.array(feature.isin).cast(values.type))
        listed = f"one of {', '.join(map(as_text, feature.isin))}{opening(feature.name)}"
        yield _mask(pc.or_(allowed, pc.invert(values.is_valid()))), listed


def _mask(good: pa.Array) -> NDArray[np.bool_]:
    """What cannot be compared is the matter of another rule."""
    mask: NDArray[np.bool_] = good.fill_null(True).to_numpy(zero_copy_only=False)
    return mask


def _typed(values: pa.Array, feature: Feature) -> pa.Array:
    """Values as their column's type says (whole numbers and days as float64); null where they are not."""
    if feature.type == "string":
        return values
    if feature.type == "boolean":
        return _parse(values, pa.bool_())
    if feature.type == "date":
        return _days(values)
    if feature.type == "time":
        return clock_times(values)
    numbers = _parse(values, pa.float64())
    good = pc.is_finite(numbers)
    if feature.type == "integer":
        exact = pc.less_equal(pc.abs(numbers), EXACT)
        good = pc.and_(good, pc.and_(exact, pc.equal(pc.floor(numbers), numbers)))
    return pc.if_else(good, numbers, None)


def _parse(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """Text (of a CSV file) becomes numbers or truth values, null where it is neither."""
    try:
        return values.cast(kind, safe=False)
    except pa.ArrowInvalid:  # one cell at least
        cells = pc.ascii_trim_whitespace(values)
        lower = pc.ascii_lower(cells)
        good = pc.is_in(lower, TRUTHS) if pa.types.is_boolean(kind) else pc.match_substring_regex(cells, NUMBER_CELL)
        return pc.if_else(good, cells, None).cast(kind)


def _days(values: pa.Array) -> pa.Array:
    """Whole days since 1970-01-01 of dates, moments (with a zone: UTC's) or texts; null where they are not."""
    kind = values.type.value_type if pa.types.is_dictionary(values.type) else values.type
    if pa.types.is_temporal(kind):
        moments = values.cast(pa.timestamp(kind.unit)) if pa.types.is_timestamp(kind) else values
        dates = moments.cast(pa.date32(), safe=False)
    else:
        texts = pc.replace_substring_regex(pc.ascii_trim_whitespace(values.cast(pa.string())), MOMENT_PATTERN, r"\1")
        moments = pc.strptime(texts, DAY_FORMAT, "s", error_is_null=True)
        exact = pc.equal(pc.strftime(moments, DAY_FORMAT), texts)  # 2021-02-29 has become 2021-03-01
        dates = pc.if_else(exact, moments, None).cast(pa.date32())
    # Arrow's calendar is longer than Python's.
    known = pc.and_(pc.greater_equal(dates, date.min), pc.less_equal(dates, date.max))
    return pc.if_else(known, dates, None).cast(pa.int32()).cast(pa.float64())
