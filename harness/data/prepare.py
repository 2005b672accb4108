"""Stage `preprocess` as a function: from the raw table to train rows, test rows, contract and profile.

The table is read in parts, which become pieces of checked rows on disk. Two flags a row stay in memory, and one batch.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pandera.pandas as pa
from numpy.typing import NDArray

from harness.core.cluster import spread_calls
from harness.core.contract import Contract, Label
from harness.core.files import file_hash
from harness.core.params import Params
from harness.core.paths import PREPARED
from harness.core.working_folder import WorkingFolder
from harness.data.check_parts import checked_pieces
from harness.data.memory import batch_rows
from harness.data.profile import ColumnBlocks, Numbers, measures_of_columns
from harness.data.raw_table import open_parts
from harness.data.roles import build_contract
from harness.data.split import check_sides, seen_sides, split_rule
from harness.data.staged_rows import StagedRows
from harness.data.table import classes_of
from harness.data.times import with_timed
from harness.data.validation import sees_all_rows

EVERY_ROW = 2**40  # more rows at once than any table has


@dataclass(frozen=True)
class PreparedTable:
    """A table that meets its schema, without exact duplicates, split."""

    train: StagedRows
    test: StagedRows
    contract: Contract
    counted: dict[str, object]  # rows, how they were split, the hash of the data
    described: dict[str, Numbers]  # each column in numbers
    report: str  # how many rows went where, in sentences
    folder: WorkingFolder  # where the rows lie until they are written
    batch: int  # rows that are held at once

    def profile(self) -> dict[str, object]:
        """What profile.json holds."""
        return {"rows": len(self.train) + len(self.test), "columns": self.described, **self.counted}


@dataclass(frozen=True)
class ColumnToMeasure:
    """A column of rows, and how it is described."""

    rows: StagedRows
    name: str
    measure: Callable[[ColumnBlocks], Numbers]

    def call(self) -> Numbers:
        """The column in numbers."""
        return self.measure(partial(self.rows.column, self.name))

    def __str__(self) -> str:
        return self.name


def prepare(path: Path, schema: pa.DataFrameSchema, params: Params) -> PreparedTable:
    """Read, validate, drop exact duplicates, split, describe; no value is changed.

    Raises ProjectError with a line for each fault of the table or the schema.
    """
    contract = build_contract(schema, params.task.type)
    batch = EVERY_ROW if sees_all_rows(schema) else batch_rows(path, schema)
    folder = WorkingFolder(PREPARED.parent, ".preprocess-")
    with folder.kept_if_all_is_well():
        return _prepare(path, schema, params, contract, folder, batch)


def _prepare(
    path: Path, schema: pa.DataFrameSchema, params: Params, contract: Contract, folder: WorkingFolder, batch: int
) -> PreparedTable:
    parts = open_parts(path, schema, batch, folder.path)
    pieces = checked_pieces(parts, schema, path, batch, folder.path)
    rows = StagedRows(tuple(pieces))
    contract = replace(contract, classes=_classes(rows, contract, params, path))
    contract = with_timed(contract, rows.column)
    rule = split_rule(contract, params.preprocess, partial(rows.column, contract.time) if contract.time else None)
    in_test = np.concatenate([rule.in_test(block).to_numpy() for block in rows.blocks(rule.columns, batch)])
    looked_at = [contract.target, *([contract.group] if contract.group and contract.time else [])]
    sides = seen_sides(_with_side(rows.blocks(looked_at, batch), in_test), contract)
    how = rule.how + check_sides(sides, contract, params.preprocess, path)
    read = sum(part.rows for part in parts)
    dropped = read - len(in_test)
    counted: dict[str, object] = {
        "duplicates_dropped": dropped,
        "train_rows": sides.train,
        "test_rows": sides.test,
        "split": how,
        "data_sha256": file_hash(path),
    }
    columns = [ColumnToMeasure(rows, name, measure) for name, measure in measures_of_columns(contract).items()]
    described = {
        one.name: found for one, found in zip(columns, spread_calls(ColumnToMeasure.call, columns), strict=True)
    }
    report = (
        f"{path}: {read} rows, {dropped} exact duplicates dropped; "
        f"{sides.train} to train on and {sides.test} to test on, {how}"
    )
    train, test = (replace(rows, inside=inside) for inside in (~in_test, in_test))
    return PreparedTable(train, test, contract, counted, described, report, folder, batch)


def _classes(rows: StagedRows, contract: Contract, params: Params, path: Path) -> tuple[Label, ...]:
    blocks = rows.column(contract.target)
    first = next(blocks)
    counts = first.value_counts()
    for block in blocks:
        if params.task.type == "regression" and len(counts) > 1:
            break  # it is not constant: no more is asked
        counts = pd.concat([counts, block.value_counts()]).groupby(level=0).sum()
    return classes_of(counts.sort_index(), first, params.task, path)


def _with_side(
    blocks: Iterator[pd.DataFrame], in_test: NDArray[np.bool_]
) -> Iterator[tuple[pd.DataFrame, NDArray[np.bool_]]]:
    first = 0
    for block in blocks:
        yield block, in_test[first : first + len(block)]
        first += len(block)
