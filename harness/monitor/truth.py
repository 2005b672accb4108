"""Labels that came back: read, joined to the answered rows by request or id, and what was wrong with them counted."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.core.contract import Contract, as_text
from harness.core.errors import ProjectError
from harness.core.files import ending
from harness.core.nearest import did_you_mean
from harness.core.paths import DATA_DVC
from harness.serve.settings import values_are_hidden
from harness.tables.own_form import as_data_is_written

REQUEST, ROW = "request_id", "row"


@dataclass
class Labels:
    """Labels by key: the index of the class, or the value."""

    key: str  # the column by which rows are found
    values: "pd.Series[float]"  # by the key
    rows: pd.DataFrame  # all columns of the file, in the order of `values`
    given: int
    repeated: int
    contradictory: int

    def __post_init__(self) -> None:
        self._used = np.zeros(len(self.values), bool)
        # Rows come block by block: a table of the labels is built once.
        self._places = {key: place for place, key in enumerate(self.values.index.tolist())}

    def places(self, keys: Sequence[str] | NDArray[np.object_]) -> NDArray[np.int64]:
        """Where the label of each row (n,) is, −1 where none has come."""
        found = np.fromiter(map(self._places.get, keys, repeat(-1)), np.int64, len(keys))
        self._used[found[found >= 0]] = True
        return found

    def of(self, keys: Sequence[str] | NDArray[np.object_]) -> NDArray[np.float64]:
        """The truth of each row (n,), NaN where none has come."""
        return np.append(self.values.to_numpy(float), np.nan)[self.places(keys)]  # -1, where none is, takes the last

    @property
    def unmatched(self) -> int:
        """Labels that fit no row so far."""
        return int((~self._used).sum())


def read_truth(path: Path, contract: Contract) -> Labels:
    """Labels of a CSV or Parquet file: the target beside the id, or `request_id` (and `row`, where it had several).

    A file in the form of the table that was adopted is read as `make data` reads it.

    A label that is given twice counts once; one that is given in two ways is left out. Raises ProjectError if the file
    cannot be read, lacks the columns, or holds a label that the model does not know.
    """
    with as_data_is_written(path) if DATA_DVC.exists() else nullcontext(path) as file:
        frame = _read(file)
        return _labels(frame, contract, file)


def _labels(frame: pd.DataFrame, contract: Contract, path: Path) -> Labels:
    if contract.target not in frame:
        if len(frame.columns) == 1 and set(frame.columns[0]) & set(";\t|"):
            name = "" if values_are_hidden() else f", {frame.columns[0][:60]!r}"
            raise ProjectError(f"{path}: has one column{name}: commas are needed between the columns")
        near = did_you_mean(contract.target, frame.columns)
        raise ProjectError(f"{path}: the column {contract.target} (the target) is absent{near}")
    key = REQUEST if REQUEST in frame else contract.id
    if key is None or key not in frame:
        wanted = f"{REQUEST} or {contract.id}" if contract.id else REQUEST
        near = did_you_mean(contract.id or REQUEST, frame.columns)
        why = "which says to which row of the log a label belongs"
        raise ProjectError(f"{path}: must have the column {wanted}{near}, {why}")
    frame = frame[frame[contract.target].notna() & frame[key].notna()]
    keys = frame[key].map(as_text)
    if key == REQUEST and ROW in frame:
        keys = keys + "/" + frame[ROW].map(as_text).str.removesuffix(".0")  # as a table program writes it
    elif key == REQUEST:
        keys = keys + "/0"
    table = pd.DataFrame({"key": keys, "value": _values(frame[contract.target], contract, path)})
    distinct = table.drop_duplicates()
    clash = distinct["key"].duplicated(keep=False)
    kept = distinct[~clash]
    return Labels(
        key,
        kept.set_index("key")["value"].astype(float),
        frame.loc[kept.index],
        len(table),
        len(table) - len(distinct),
        int(distinct.loc[clash, "key"].nunique()),
    )


def _read(path: Path) -> pd.DataFrame:
    try:
        if ending(path) == ".parquet":
            return pd.read_parquet(path)
        return pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""])
    except FileNotFoundError:
        raise ProjectError(f"{path}: no such file") from None
    except UnicodeDecodeError:
        raise ProjectError(f"{path}: not UTF-8; save the file as UTF-8") from None
    except (ValueError, OSError) as error:
        raise ProjectError(f"{path}: cannot be read: {' '.join(str(error).split())[:200]}") from None


def _values(labels: "pd.Series[str]", contract: Contract, path: Path) -> "pd.Series[float]":
    if contract.task == "regression":
        numbers = pd.to_numeric(labels, errors="coerce")
        bad = labels[numbers.isna()]
    else:
        places = {as_text(label): float(place) for place, label in enumerate(contract.classes)}
        numbers = labels.map(as_text).map(places)
        if numbers.isna().any():  # 1.0 for 1, as a table program writes it
            numbers = numbers.fillna(pd.to_numeric(labels, errors="coerce").map(as_text).map(places))
        bad = labels[numbers.isna()]
    if len(bad):
        known = "a number" if contract.task == "regression" else ", ".join(map(as_text, contract.classes))
        got = "something else" if values_are_hidden() else repr(as_text(bad.iloc[0]))
        raise ProjectError(f"{path}: row {bad.index[0] + 1}: {contract.target} must be {known}, got {got}")
    return numbers
