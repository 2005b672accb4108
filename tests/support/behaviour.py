"""What a model answers to the test rows when a column is changed: for tests of its behaviour, of three lines each."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from harness.batch.check_rows import MUST_BE, check
from harness.batch.columns import accepts
from harness.core.contract import Contract
from harness.core.errors import ProjectError
from harness.core.paths import MODEL_PATH, PREPARED
from harness.core.prepared import Prepared, feature_columns
from harness.core.schema_lines import meant_column
from harness.inference.predictor import Predictor, decide, encode

REFUSED = "the service refuses such a row"
COLUMNS = (pd.Series, np.ndarray, pd.api.extensions.ExtensionArray, list)
Change = object | Callable[["pd.Series[Any]"], object]  # a value for all rows, or a function of the column


@dataclass(frozen=True)
class Behaviour:
    """A model file and the test rows of its project."""

    predictor: Predictor
    rows: pd.DataFrame

    @classmethod
    def of(cls, folder: Path) -> "Behaviour":
        """Of a project whose pipeline has run."""
        return cls(Predictor(folder / MODEL_PATH), Prepared(folder / PREPARED).read_rows("test"))

    def scores(self, **changes: Change) -> NDArray[np.float64]:
        """The probability of the positive class, or the value, of each test row with columns changed (n,).

        Raises ProjectError where a change could not show anything: the model has no such column, its contract does
        not allow a value, or no row becomes another one.
        """
        contract, rows = self.predictor.contract, self.rows
        for name, how in changes.items():
            only = _contract_of(name, contract)
            rows = rows.assign(**{name: _one_a_row(name, how, rows[name])})
            _check_values(name, rows[name], only)
        if changes and not any(_changes(rows, self.rows, _contract_of(name, contract)) for name in changes):
            raise ProjectError(
                f"{', '.join(changes)}: the same in every test row, so the test shows nothing; "
                "scores() gives the rows as they are"
            )
        return self.predictor.scores(feature_columns(rows, contract))[:, -1].astype(np.float64)

    def flipped(self, **changes: Change) -> float:
        """The share of the rows whose label is another one with columns changed. Raises ProjectError as scores does."""
        before, after = (self.scores(**each) for each in ({}, changes))
        labels = (decide(np.column_stack([1 - p, p]), self.predictor.threshold) for p in (before, after))
        return float(np.not_equal(*labels).mean())


def _contract_of(name: str, contract: Contract) -> Contract:
    """The contract of this column alone."""
    for feature in contract.features:
        if feature.name == name:
            return replace(contract, features=(feature,), derived=())
    if name in {feature.name for feature in contract.derived}:
        raise ProjectError(f"{name} is made by src/features.py; change the columns that it is made from")
    if name in {contract.target, contract.id, contract.group, contract.time, *contract.slices}:
        raise ProjectError(f"the model does not see the column {name}, so a change of it shows nothing")
    known = [feature.name for feature in contract.features]
    raise ProjectError(f"the model has no column {name!r}{meant_column(name, known) or '; it has ' + ', '.join(known)}")


def _check_values(name: str, values: "pd.Series[Any]", only: Contract) -> None:
    """By the rules of a request: what the service would refuse says nothing about its answers."""
    (feature,) = only.features
    try:
        given = pa.array(values, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        kinds = " and ".join(sorted({type(value).__name__ for value in values}))
        raise ProjectError(f"{name} must be {MUST_BE[feature.type]}, got {kinds} together: {REFUSED}") from None
    if given.null_count == len(given):
        given = pa.nulls(len(given), pa.string())
    elif not accepts(given.type, feature):
        value = given.drop_null()[0].as_py()
        raise ProjectError(f"{name} must be {MUST_BE[feature.type]}, got {value!r}: {REFUSED}")
    for reason in check({name: given}, only).reasons.values():
        raise ProjectError(f"{reason}: {REFUSED}")


def _one_a_row(name: str, change: Change, column: "pd.Series[Any]") -> Any:
    """One value for all rows, or one for each in their order: pandas would look for equal labels of the rows."""
    made: Any = change(column) if callable(change) else change
    if pd.api.types.is_scalar(made) or isinstance(made, date):
        if made is not None or not callable(change):  # a function that forgets its `return`
            return made
    elif isinstance(made, COLUMNS) and len(made) == len(column):
        return made.array if isinstance(made, pd.Series) else made
    raise ProjectError(f"{name} must become one value, or {len(column)} in a list or column, got {type(made).__name__}")


def _changes(after: pd.DataFrame, before: pd.DataFrame, only: Contract) -> bool:
    numbers, texts = encode(feature_columns(before, only), only)
    new_numbers, new_texts = encode(feature_columns(after, only), only)
    return not (np.array_equal(numbers, new_numbers, equal_nan=True) and np.array_equal(texts, new_texts))
