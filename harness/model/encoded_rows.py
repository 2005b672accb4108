"""X of all training rows, as scikit-learn takes it, on disk: numbers, and for each text its place in a list."""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.core.contract import Contract
from harness.core.prepared import SCORED_TOGETHER
from harness.model.file_columns import FileColumns
from harness.model.pipeline import to_frame

if TYPE_CHECKING:
    from harness.model.trace import FeatureGraph

RowOrder = NDArray[np.int64]


@dataclass(frozen=True)
class EncodedRows:
    """Rows (n) in a folder, and in which order they are asked for; small, so it can be sent to a worker."""

    folder: Path
    names: list[str]  # of all columns, those of numbers first
    values: list[list[str]]  # of each column of texts
    rows: int

    @property
    def numeric(self) -> int:
        """How many columns hold numbers."""
        return len(self.names) - len(self.values)

    def chunks(self) -> list[slice]:
        """All rows in order, some thousands each."""
        starts = range(0, self.rows, SCORED_TOGETHER)
        return [slice(start, min(start + SCORED_TOGETHER, self.rows)) for start in starts]

    def frame(self, part: slice, places: list[int] | None = None) -> pd.DataFrame:
        """As `to_frame` gives them: a part of the rows, and the columns at these places, or all."""
        order = self.folder / "order.npy"
        at = np.load(order, mmap_mode="r")[part] if order.exists() else part
        made = [self._column(place, at) for place in (range(len(self.names)) if places is None else places)]
        frame = pd.concat([pd.Series(values) for values in made], axis=1)
        frame.columns = pd.Index(self.names if places is None else [self.names[place] for place in places])
        groups = self.folder / "groups.npy"
        return frame.set_axis(np.load(groups, mmap_mode="r")[part], axis=0) if groups.exists() else frame

    def _column(self, place: int, at: slice | RowOrder) -> NDArray[np.generic]:
        kind: type[np.generic] = np.float32 if place < self.numeric else np.int32
        path = column_file(self.folder, place)
        if isinstance(at, slice):  # read, not mapped: what a map has read counts as memory
            size = np.dtype(kind).itemsize
            values = np.fromfile(path, kind, at.stop - at.start, offset=at.start * size)
        else:
            values = np.array(np.memmap(path, kind, "r")[at])
        return values if place < self.numeric else np.array(self.values[place - self.numeric], dtype=object)[values]


def column_file(folder: Path, place: int) -> Path:
    """The file of the column at a place: float32 of numbers, int32 of texts."""
    return folder / f"{place}.column"


def encode_rows(
    columns: FileColumns,
    contract: Contract,
    graph: "FeatureGraph | None",
    order: RowOrder | None,
    groups: NDArray[np.generic] | None,
    folder: Path,
) -> EncodedRows:
    """Write the rows into a folder; `order` (n,) says which row comes first, `groups` (n,) come in that order."""
    wide, rows = contract.widened(), len(columns.rows)
    numeric, names = len(wide.columns("numeric")), [*wide.columns("numeric"), *wide.columns("categorical")]
    known: list[dict[str, int]] = [{} for _ in names[numeric:]]
    with ExitStack() as stack:
        files = [stack.enter_context(column_file(folder, place).open("wb")) for place in range(len(names))]
        for chunk in columns.chunks():
            frame = to_frame(chunk, contract, graph)
            for place, file in enumerate(files):
                values = frame.iloc[:, place].to_numpy()
                kept = values.astype(np.float32) if place < numeric else _codes(values, known[place - numeric])
                file.write(kept.tobytes())
    if order is not None:
        np.save(folder / "order.npy", order)
    if groups is not None:
        np.save(folder / "groups.npy", pd.factorize(groups)[0])
    return EncodedRows(folder.absolute(), names, [list(values) for values in known], rows)


def _codes(values: NDArray[np.generic], known: dict[str, int]) -> NDArray[np.int32]:
    """The place of each text among those that are known; new ones are added."""
    codes, uniques = pd.factorize(values)
    places = [known.setdefault(str(value), len(known)) for value in uniques]
    return np.array(places, dtype=np.int32)[codes]
