"""The two files that a batch makes: predictions by row (Parquet or CSV), and rejected rows with the reason."""

import csv
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.csv as pv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from harness.batch.read import check_suffix
from harness.core.contract import as_text
from harness.core.errors import ProjectError
from harness.core.files import ending
from harness.inference.predictor import Predictor, Scores, decide


def check_target(target: Path, source: Path) -> Path:
    """The file that rejected rows go to. Raises ProjectError if the input would be overwritten, or nothing written."""
    check_suffix(target)
    rejects = target.with_suffix(".rejects.csv")
    for path in (target, rejects):
        if path.resolve() == source.resolve():
            raise ProjectError(f"{path}: is the input and would be overwritten; choose another output")
        if path.is_dir():
            raise ProjectError(f"{path}: is a folder")
    if not target.parent.is_dir() or not os.access(target.parent, os.W_OK):
        raise ProjectError(f"{target}: no such folder, or not writable: {target.parent}")
    return rejects


class Predictions:
    """Writes row numbers, kept columns, labels (or values) and probabilities; and a conformal model's sets, or ends.

    Raises ProjectError if the format cannot hold a kept column, or if two columns would have one name.
    """

    def __init__(self, target: Path, temporary: Path, kept: Mapping[str, pa.DataType], predictor: Predictor) -> None:
        contract = predictor.contract
        self._target, self._threshold = target, predictor.threshold
        self._labels = pa.array(contract.classes or [], None if contract.classes else pa.float32())
        fields = [("row", pa.int64()), *((name, _without_dictionary(kind)) for name, kind in kept.items())]
        fields += [("prediction", self._labels.type)]
        fields += [(f"probability_{as_text(label)}", pa.float32()) for label in contract.classes]
        self._conformal = predictor.conformal
        if self._conformal:  # the ends of the interval, or whether each class is in the set
            names = [f"in_set_{as_text(label)}" for label in contract.classes] or ["prediction_low", "prediction_high"]
            fields += [(name, pa.bool_() if contract.classes else pa.float64()) for name in names]
        self.schema = pa.schema(fields)
        twice = [name for name in self.schema.names if self.schema.names.count(name) > 1]
        if twice:
            raise ProjectError(f"{target}: two columns would have the name {twice[0]}; leave {twice[0]} out of --keep")
        with self._writing():
            make = pq.ParquetWriter if ending(target) == ".parquet" else pv.CSVWriter
            self._writer = make(temporary, self.schema)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self._writing():
            self._writer.close()

    def write(self, numbers: NDArray[np.int64], kept: list[pa.Array], scores: Scores) -> None:
        """Write scored rows: their numbers (n,), the kept columns, and scores (n, classes) or (n, 1)."""
        if len(self._labels):
            predicted = [self._labels.take(pa.array(decide(scores, self._threshold))), *map(pa.array, scores.T)]
        else:
            predicted = [pa.array(scores[:, 0])]
        if self._conformal:
            wide = self._conformal.sets(scores).T if len(self._labels) else self._conformal.intervals(scores)
            predicted += map(pa.array, wide)
        columns = [pa.array(numbers), *kept, *predicted]
        with self._writing():
            columns = [column.cast(kind) for column, kind in zip(columns, self.schema.types, strict=True)]
            self._writer.write(pa.RecordBatch.from_arrays(columns, schema=self.schema))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except pa.ArrowException as error:
            raise ProjectError(f"{self._target}: cannot be written: {' '.join(str(error).split())}") from None


class Rejects:
    """Writes rows with their number, the reason against them and their fields; keeps count, and the first reason."""

    def __init__(self, temporary: Path, names: list[str]) -> None:
        self.count = 0
        self.first = ""
        self._names = names
        self._file = temporary.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(["row", "reason", *names])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    def write(self, number: int, reason: str, fields: Mapping[str, object]) -> None:
        """Write a row; a row whose fields do not fit the header has them in the reason."""
        self.first = self.first or f"row {number}: {reason}"
        self.count += 1
        self._writer.writerow([number, reason, *(fields.get(name) for name in self._names)])


def _without_dictionary(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind
