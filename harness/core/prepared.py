"""What `preprocess` hands on: train and test rows, the contract and the profile; and the arrays a model takes."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from harness.core.blocks import write_blocks
from harness.core.contract import Contract
from harness.core.errors import ProjectError
from harness.core.files import read_json, write_json

SCORED_TOGETHER = 2**16  # rows: a multiple of those that a model scores at once


class TableRows(Protocol):
    """TableRows that are not held whole."""

    def tables(self) -> Iterator[pa.Table]:
        """The rows, a few at once."""


@dataclass(frozen=True)
class Prepared:
    """The paths of one prepared data set."""

    folder: Path

    def write(
        self,
        train: pd.DataFrame | TableRows,
        test: pd.DataFrame | TableRows,
        contract: Contract,
        profile: dict[str, Any],
    ) -> None:
        """Write all four files; equal inputs give equal bytes."""
        for name, rows in (("train", train), ("test", test)):
            tables = [rows] if isinstance(rows, pd.DataFrame) else rows.tables()
            write_blocks(self.folder / f"{name}.parquet", tables)
        write_json(self.folder / "contract.json", contract.to_json())
        write_json(self.folder / "profile.json", profile)

    def read_contract(self) -> Contract:
        """Raises ProjectError if the file is missing or is not a contract."""
        path = self.folder / "contract.json"
        try:
            return Contract.from_json(read_json(path))
        except (KeyError, TypeError, ValueError) as error:
            raise ProjectError(f"{path}: cannot be read as a contract ({error!r}); run: make pipeline") from None

    def open_rows(self, name: str) -> "PreparedRows":
        """The same rows, a column or some rows at a time."""
        path = self.folder / f"{name}.parquet"
        if not path.exists():
            raise ProjectError(f"{path}: not found; run: make pipeline")
        return PreparedRows(path)

    def read_rows(self, name: str) -> pd.DataFrame:
        """The rows of "train" or "test", indexed from 1. Raises ProjectError if they are missing."""
        path = self.folder / f"{name}.parquet"
        try:
            frame = pd.read_parquet(path)
        except FileNotFoundError:
            raise ProjectError(f"{path}: not found; run: make pipeline") from None
        frame.index = pd.RangeIndex(1, len(frame) + 1)
        return frame


@dataclass(frozen=True)
class PreparedRows:
    """Prepared rows that stay in their file: `rows[name]` reads a column, indexed from 1."""

    path: Path

    def __len__(self) -> int:
        return int(pq.read_metadata(self.path).num_rows)

    @property
    def index(self) -> pd.RangeIndex:
        """The rows' numbers."""
        return pd.RangeIndex(1, len(self) + 1)

    def __getitem__(self, name: str) -> pd.Series:
        column = pd.read_parquet(self.path, columns=[name])[name]
        return column.set_axis(pd.RangeIndex(1, len(column) + 1))

    def row_groups(self) -> range:
        """Of the file: each but the last has a multiple of SCORED_TOGETHER rows."""
        return range(pq.read_metadata(self.path).num_row_groups)

    def chunks(self, columns: list[str] | None = None, group: int | None = None) -> Iterator[pd.DataFrame]:
        """The rows, or those of one row group, SCORED_TOGETHER at a time."""
        return (batch.to_pandas() for batch in self._batches(columns, group))

    def _batches(self, columns: list[str] | None = None, group: int | None = None) -> Iterator[pa.RecordBatch]:
        groups = self.row_groups() if group is None else [group]
        with pq.ParquetFile(self.path, pre_buffer=False) as file:
            yield from file.iter_batches(SCORED_TOGETHER, row_groups=list(groups), columns=columns, use_threads=False)

    def take(self, positions: NDArray[np.int64]) -> pd.DataFrame:
        """The rows at these positions, which are in order."""
        parts, first = [], 0
        for batch in self._batches():
            start, end = np.searchsorted(positions, [first, first + len(batch)])
            parts.append(batch.take(pa.array(positions[start:end] - first)))
            first += len(batch)
        taken: pd.DataFrame = pa.Table.from_batches(parts).to_pandas()
        return taken


def chunks_of(rows: pd.DataFrame | PreparedRows, columns: list[str] | None = None) -> Iterator[pd.DataFrame]:
    """TableRows, held or not, SCORED_TOGETHER at a time: always the same ones go together, whoever asks."""
    if isinstance(rows, PreparedRows):
        yield from rows.chunks(columns)
        return
    for start in range(0, len(rows), SCORED_TOGETHER):
        chunk = rows.iloc[start : start + SCORED_TOGETHER]
        yield chunk if columns is None else chunk[columns]


def feature_columns(frame: pd.DataFrame, contract: Contract) -> dict[str, NDArray[Any]]:
    """The features as columns that Predictor.encode takes: float32 with NaN, moments with NaT, or objects."""
    columns: dict[str, NDArray[Any]] = {}
    for feature in sorted(contract.features, key=lambda one: one.role == "categorical"):
        if feature.type == "date":
            columns[feature.name] = frame[feature.name].to_numpy(dtype="datetime64[s]")
        elif feature.role == "categorical" or feature.type == "time":
            columns[feature.name] = frame[feature.name].to_numpy(dtype=object)
        else:
            columns[feature.name] = frame[feature.name].to_numpy(dtype=np.float32, na_value=np.nan)
    return columns


def target_values(frame: pd.DataFrame | PreparedRows, contract: Contract) -> NDArray[Any]:
    """The target: index of the class (int64), or the value (float64) for regression."""
    target = frame[contract.target]
    if contract.task == "regression":
        return target.to_numpy(dtype=np.float64)
    return target.map({label: index for index, label in enumerate(contract.classes)}).to_numpy(dtype=np.int64)
