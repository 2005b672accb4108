"""Columns made from columns by src/features.py: run on numpy here, traced into the model file in trace.py."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.core.clock import DAY
from harness.core.contract import Contract
from harness.core.errors import ProjectError
from harness.core.hooks import place
from harness.core.schema_lines import meant_column
from harness.inference.predictor import Columns, encode
from harness.model.feature_lines import OVER_ROWS, place_of_column

Features = Callable[..., object]  # the function of src/features.py
FeatureValues = NDArray[np.generic]
SECONDS_AN_HOUR = 3_600
NUMBERS, DURATION, TEXTS = "biuf", "m", "TUO"  # numpy's letters for the kinds of values that a feature may have
_IF = "if, and, or, not, float() and int() cannot look at a whole column; use xp.where, &, |, ~ and xp.astype"
_KINDS = "numbers and texts do not go together; a column is a text if its role is categorical"
OWN_ROW = (
    "a feature sees one row alone, as the service does: "
    "write a mean, a sum or a maximum over the rows as a number, such as 42.5"
)
KNOWN_ERRORS = {  # what an error of numpy or ndonnx has in it, and what to do
    "truth value": _IF,
    "propagated value": _IF,
    "0-dimensional arrays can be converted": _IF,
    "length-1 arrays can be converted": _IF,
    "type Array which has no callable": "numpy's own functions cannot take these columns; use those of xp",
    "unsupported type: tensor(bool)": "truth values are not numbers; convert them first: xp.astype(…, xp.float32)",
    "StringDType": _KINDS,
    "into common data type": _KINDS,
    "unsupported datetime unit": "a moment needs its unit, seconds: np.datetime64('2024-01-31', 's')",
}


class NoSuchColumnError(Exception):
    """A column that the schema does not declare as a feature."""


class NamedColumns(dict[str, object]):
    """The columns by name, as a feature's function sees them."""

    def __init__(self) -> None:
        super().__init__()
        self.hours: dict[str, object] = {}

    def __missing__(self, name: str) -> object:
        raise NoSuchColumnError(f"no feature column {name!r}{meant_column(name, self)}; there are {', '.join(self)}")

    def hour(self, name: str) -> object:
        """Hours since midnight (13.5 is 13:30) of a date with a time of day, or of a clock time; NaN where missing."""
        if name not in self.hours:
            known = ", ".join(self.hours) or "none"
            meant = meant_column(name, self.hours)
            raise NoSuchColumnError(f"no feature column {name!r} with a time of day{meant}; there are {known}")
        return self.hours[name]


def named_numbers(numeric: Any, contract: Contract, to_moments: Callable[[Any, Any], object]) -> NamedColumns:
    """The columns of the model's numeric input by name, of numpy or of ndonnx: numbers, moments, hours."""
    row, names = NamedColumns(), contract.names("numeric")
    for feature in contract.features:
        if feature.role != "numeric":
            continue
        values = numeric[:, names.index(feature.name)]
        seconds = values if feature.type == "time" else None
        if feature.timed:
            seconds = numeric[:, len(names) + contract.timed().index(feature.name)]
        if seconds is not None:
            row.hours[feature.name] = seconds / SECONDS_AN_HOUR
        row[feature.name] = to_moments(values, seconds) if feature.type == "date" else values
        if feature.type == "time":
            row[feature.name] = row.hours[feature.name]
    return row


def derive(features: Features, columns: Columns, contract: Contract, before: int = 0) -> dict[str, FeatureValues]:
    """The new columns (n,) on numpy: float32, or texts; so many rows came `before`.

    Raises ProjectError that names function, column and line.
    """
    numeric, categorical = encode(columns, contract)
    row = named_numbers(numeric, contract, to_moments)
    for position, name in enumerate(contract.names("categorical")):
        row[name] = categorical[:, position].astype(np.dtypes.StringDType())
    with np.errstate(all="ignore"):
        made = call_features(features, np, row, contract)
        return {name: _settle(features, name, values, len(numeric), before) for name, values in made.items()}


def call_features(features: Features, xp: object, row: Mapping[str, object], contract: Contract) -> dict[str, object]:
    """What the function returns, by name. Raises ProjectError with its line if it fails or names a raw column."""
    try:
        made = features(xp, row)
    except Exception as error:  # whatever a project's own function may raise
        raise ProjectError(f"{place(features, error.__traceback__)}: {_explain(error)}") from error
    if not isinstance(made, dict):
        raise ProjectError(f"{place(features)}: must return a dict of new columns, got {type(made).__name__}")
    taken = {*row, contract.target, contract.id, contract.group, contract.time}
    for name in made:
        if not isinstance(name, str) or name in taken or not name:
            raise ProjectError(
                f"{place_of_column(features, name)}: {name!r} is the name of a column of the table; choose another"
            )
    return made


def to_moments(days: NDArray[np.float32], of_day: NDArray[np.float32] | None = None) -> NDArray[np.datetime64]:
    """Moments (n,) to the second, of days (n,) since 1970-01-01 (NaN: missing) and seconds of the day (n,)."""
    missing = np.isnan(days)
    seconds = np.floor(np.where(missing, 0, days)).astype(np.int64) * DAY
    if of_day is not None:
        seconds += np.where(missing, 0, of_day).astype(np.int64)
    return np.where(missing, np.datetime64("NaT", "s"), seconds.astype("datetime64[s]"))


def _settle(features: Features, name: str, values: object, rows: int, before: int) -> FeatureValues:
    """A new column as float32 (a duration in days) or as texts."""
    where = f"{place_of_column(features, name)}: {name}"
    if not isinstance(values, np.ndarray) or values.shape != (rows,):
        found = f"shape {values.shape}" if isinstance(values, np.ndarray) else type(values).__name__
        raise ProjectError(f"{where} must have one value a row (shape ({rows},)), got {found}")
    kind = values.dtype.kind
    if kind in TEXTS:
        return values.astype(object)
    if kind == DURATION:
        seconds = values.astype("timedelta64[s]").astype(np.int64) / DAY
        return np.where(np.isnat(values), np.nan, seconds).astype(np.float32)
    if kind not in NUMBERS:
        raise ProjectError(f"{where} must be numbers, durations, truth values or texts, got {values.dtype}")
    numbers = values.astype(np.float32)
    if np.isinf(numbers).any():
        row = before + int(np.isinf(numbers).argmax()) + 1
        raise ProjectError(
            f"{where} is infinite, first in row {row} of the training or test rows: guard the division or the logarithm"
        )
    return numbers


def _explain(error: Exception) -> str:
    """What went wrong in a feature's function, in the words of who writes one."""
    said = " ".join(str(error).split())
    if isinstance(error, NoSuchColumnError):
        return said
    for mark, told in KNOWN_ERRORS.items():
        if mark in said:
            return told
    if isinstance(error, AttributeError) and (name := error.name or ""):
        if said.startswith("module '"):
            return f"xp.{name} is not in the array API, so the model file cannot hold it"
        return (
            OWN_ROW
            if OVER_ROWS.fullmatch(name)
            else f"a column has no .{name}; use + - * /, < == & | ~ and functions of xp"
        )
    return (
        f"{type(error).__name__}: {said}" if said else f"{type(error).__name__}: the model file has no such operation"
    )
