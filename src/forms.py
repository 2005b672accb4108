"""One column of texts → what it holds (numbers, truth values, moments, names) and how to read it as that."""

import re
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Kind = Literal["integer", "number", "boolean", "moment", "text", "nested"]
Texts: TypeAlias = "pd.Series[Any]"
MARKERS = frozenset({"?", "n/a", "#n/a", "#na", "na", "nan", "null", "-", "--", "---", ".", "<na>", "#null!", "\\n"})
NO_NUMBERS = MARKERS | {"none", "missing", "unknown", "not available", "nil", "inf", "-inf", "infinity", "-infinity"}
STRANGERS = 5  # different texts that a column of numbers may hold: they become missing
MOSTLY = 0.9  # share of a column's values that has to be numbers
LARGEST = 2**53  # beyond it a whole number is a name: floats do not hold it
LEADING_ZERO = re.compile(r"-?0\d+")
CODES = re.compile(r"[A-Z]{2}")
EPOCH = re.compile(r"timestamp|epoch|unix", re.IGNORECASE)
FORMATS = (
    "ISO8601",
    *(
        f"{day}{time}"
        for time in ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
        for day in (
            "%d.%m.%Y",
            "%m/%d/%Y",
            "%d/%m/%Y",
            "%Y/%m/%d",
            "%d-%m-%Y",
            "%m-%d-%Y",
            "%m/%d/%y",
            "%d/%m/%y",
            "%d.%m.%y",
            "%d-%b-%Y",
            "%d %b %Y",
            "%b %d, %Y",
            "%d %B %Y",
            "%B %d, %Y",
            "%d-%b-%y",
        )
    ),
)


@dataclass(frozen=True)
class Form:
    """How a column is read: every other text than these becomes a value of the kind."""

    kind: Kind
    missing: frozenset[str] = frozenset()  # texts that mean: not known
    thousands: str = ""
    decimal: str = "."
    signs: str = ""  # currency and per cent signs to take off
    moment: str = ""  # strptime's format, ISO8601, or the unit of a number of seconds


def find_form(values: pa.ChunkedArray, name: str) -> Form:
    """The form of a column, from all of its values."""
    kind = values.type
    if pa.types.is_string(kind):
        counts = pc.value_counts(values.drop_null())
        texts = pd.Series(pc.struct_field(counts, "values").to_pylist(), dtype=object)
        weights = pc.struct_field(counts, "counts").to_numpy(zero_copy_only=False)
        return _form_of_texts(texts, weights, name)
    if pa.types.is_integer(kind):
        return _epoch(values, name) or Form("integer")
    if pa.types.is_boolean(kind):
        return Form("boolean")
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return Form("number")
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return Form("moment")
    return Form("text" if pa.types.is_null(kind) else "nested")


def convert(values: pa.ChunkedArray, form: Form) -> pa.ChunkedArray:
    """The values in their form; null where they are missing or none of its kind."""
    if not pa.types.is_string(values.type):
        return _convert_typed(values, form)
    coded = values.combine_chunks().dictionary_encode() if len(values) else values.cast(pa.string()).dictionary_encode()
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    texts = pd.Series(coded.dictionary.to_pylist(), dtype=object)
    known = _read(texts.mask(texts.isin(form.missing)), form)
    return pa.chunked_array([pc.take(known, coded.indices)])


def _form_of_texts(texts: Texts, weights: Any, name: str) -> Form:
    """Truth values, numbers, moments, else names; an unlikely text means that the value is missing."""
    folded = texts.str.casefold()
    unknown = folded.isin(MARKERS)
    two_letters = (texts.str.fullmatch(CODES) & ~folded.isin({"na"})).sum() > 5
    missing = frozenset(texts[unknown & ~(texts.eq("NA") & bool(two_letters))])  # where others are codes, NA is Namibia
    known = ~texts.isin(missing)
    if not known.any():
        return Form("text", missing)
    if folded[known].isin({"true", "false"}).all():
        return Form("boolean", missing)
    known = ~folded.isin(NO_NUMBERS)
    number = _number_form(texts[known], weights[known.to_numpy()], name)
    if number:
        return Form(
            number.kind, frozenset(texts[~known]), number.thousands, number.decimal, number.signs, number.moment
        )
    moment = _moment_format(texts[~texts.isin(missing)])
    return Form("moment", missing, moment=moment) if moment else Form("text", missing)


def _number_form(texts: Texts, weights: Any, name: str) -> Form | None:
    """How to read these texts as numbers; None where too many or too different ones are none."""
    if texts.empty or texts.str.fullmatch(LEADING_ZERO).any():  # 007 is a code
        return None
    signs = "".join(sign for sign in "$€£¥%" if texts.str.contains(sign, regex=False).any())
    english = [Form("number", signs=signs), Form("number", thousands=",", signs=signs)]
    for form in (*english, Form("number", thousands=".", decimal=",", signs=signs)):
        numbers = _numbers(texts, form)
        good = numbers.notna().to_numpy()
        if good.all() or ((~good).sum() <= STRANGERS and weights[good].sum() >= MOSTLY * weights.sum()):
            break
    else:
        return None
    whole = texts[good].str.fullmatch(r"[-+]?[\d,.\s$€£¥]+").all() and not numbers.mod(1).any()
    if not whole or (form == english[0] and texts[good].str.contains(".", regex=False).any()):
        return form
    if numbers.abs().max() >= LARGEST:
        return None
    if re.search("date|day", name, re.IGNORECASE) and texts.str.fullmatch(r"(19|20)\d{6}").all():
        return Form("moment", moment="%Y%m%d")
    unit = _unit(name, numbers.min(), numbers.max())
    return (
        Form("moment", moment=unit)
        if unit
        else Form("integer", thousands=form.thousands, decimal=form.decimal, signs=signs)
    )


def _numbers(texts: Texts, form: Form) -> Texts:
    """As numbers, NaN where a text is none."""
    bare = texts.str.strip(f"{form.signs} ") if form.signs else texts
    if form.thousands:
        groups = rf"[-+]?\d{{1,3}}(?:\{form.thousands}\d{{3}})+(?:\{form.decimal}\d+)?|[-+]?\d+(?:\{form.decimal}\d+)?"
        bare = bare.where(bare.str.fullmatch(groups)).str.replace(form.thousands, "", regex=False)
    bare = bare.str.replace(form.decimal, ".", regex=False) if form.decimal != "." else bare
    numbers = pd.to_numeric(bare.where(bare.str.isascii() == True), errors="coerce")  # noqa: E712  (None is neither)
    return numbers.where(np.isfinite(numbers.astype(float)))


def _unit(name: str, least: float, most: float) -> str:
    """s or ms where a column's name and range are those of a Unix time (2001 to 2100), else nothing."""
    if EPOCH.search(name):
        for unit, factor in (("s", 1), ("ms", 1000)):
            if 1e9 * factor <= least and most <= 4.1e9 * factor:
                return unit
    return ""


def _epoch(values: pa.ChunkedArray, name: str) -> Form | None:
    least, most = pc.min_max(values).values() if len(values.drop_null()) else (pa.scalar(0), pa.scalar(0))
    unit = _unit(name, least.as_py(), most.as_py())
    return Form("moment", moment=unit) if unit else None


def _moment_format(texts: Texts) -> str:
    """The first format that reads all of the texts; empty if none does."""
    if not texts.str.contains(r"\d", regex=True).all() or not texts.str.contains(r"[-/:. ]").all():
        return ""
    few = texts.sample(200, random_state=0) if len(texts) > 200 else texts
    for moment in FORMATS:
        if _moments(few, moment).notna().all() and _moments(texts, moment).notna().mean() >= MOSTLY:
            return moment
    return ""


def _moments(texts: Texts, moment: str) -> Texts:
    if moment in {"s", "ms"}:
        return pd.to_datetime(pd.to_numeric(texts), unit=moment, errors="coerce")  # type: ignore[call-overload,no-any-return]
    parsed = pd.to_datetime(texts, format=moment, errors="coerce", utc=True)
    return parsed.dt.tz_localize(None).where(parsed.dt.year.between(1678, 2261))


def _read(texts: Texts, form: Form) -> pa.Array:
    if form.kind == "boolean":
        return pa.array(texts.str.casefold().map({"true": True, "false": False}).astype("boolean"))
    if form.kind == "moment":
        return pa.array(_moments(texts, form.moment).astype("datetime64[us]"), pa.timestamp("us"))
    if form.kind in {"integer", "number"}:
        numbers = _numbers(texts.astype(object), form)
        return pa.array(numbers.astype("Int64" if form.kind == "integer" else "Float64"))
    return pa.array(texts.tolist(), pa.string(), from_pandas=True)


def _convert_typed(values: pa.ChunkedArray, form: Form) -> pa.ChunkedArray:
    if form.moment:
        return values.cast(pa.timestamp(form.moment)).cast(pa.timestamp("us"))
    if form.kind == "moment":
        return values.cast(pa.timestamp("us"), safe=False)
    if form.kind == "number":
        numbers = values.cast(pa.float64())
        return pc.if_else(pc.is_finite(numbers), numbers, None)
    if form.kind == "integer":
        return values.cast(pa.int64())
    return values if form.kind == "boolean" else pa.chunked_array([pa.nulls(len(values), pa.string())])
