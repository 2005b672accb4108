"""The features of training rows that stay in their file: a column, or some rows, at a time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import NDArray

from harness.core.contract import Contract
from harness.core.prepared import PreparedRows, feature_columns
from harness.inference.predictor import Columns


@dataclass(frozen=True, eq=False)
class FileColumns(Mapping[str, NDArray[Any]]):
    """As `feature_columns` gives them; `columns[name]` reads a column (n,)."""

    rows: PreparedRows
    contract: Contract

    def __getitem__(self, name: str) -> NDArray[Any]:
        (feature,) = [one for one in self.contract.features if one.name == name]
        frame = self.rows[name].to_frame()
        return feature_columns(frame, replace(self.contract, features=(feature,)))[name]

    def __iter__(self) -> Iterator[str]:
        return iter([feature.name for feature in self.contract.features])

    def __len__(self) -> int:
        return len(self.contract.features)

    def chunks(self) -> Iterator[Columns]:
        """All rows, some thousands at a time, always the same ones together."""
        names = [feature.name for feature in self.contract.features]
        for frame in self.rows.chunks(names):
            yield feature_columns(frame, self.contract)


def chunks_of_columns(columns: Columns) -> Iterator[Columns]:
    """The chunks of columns that stay in their file; columns that are held are one."""
    if isinstance(columns, FileColumns):
        yield from columns.chunks()
    else:
        yield columns
