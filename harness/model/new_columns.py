"""The table that `preprocess` hands on, with what src/features.py makes of it in contract and profile."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from harness.core.contract import Contract, Feature
from harness.core.errors import ProjectError
from harness.core.prepared import feature_columns
from harness.data.prepare import PreparedTable
from harness.data.profile import Numbers, describe_derived
from harness.data.staged_rows import StagedRows
from harness.model.feature_lines import place_of_column
from harness.model.features import Features, FeatureValues, derive
from harness.model.own_row import check_own_rows


def with_features(table: PreparedTable, features: Features) -> PreparedTable:
    """A prepared table whose contract and profile hold the new columns too; its rows stay as they are.

    Raises ProjectError, naming function, column and line, if a new column is of no use.
    """
    with table.folder.kept_if_all_is_well():
        return _with_features(table, features)


def _with_features(table: PreparedTable, features: Features) -> PreparedTable:
    contract = table.contract
    sides = [_derived(side, features, contract, table.batch) for side in (table.train, table.test)]
    staged = table.folder.path / "derived.parquet"
    columns = _stage(chain(*sides), staged)
    rows = StagedRows((staged,))
    described = {name: describe_derived(partial(rows.column, name), text) for name, text in columns.items()}
    for name, found in described.items():
        if _is_constant(found):
            raise ProjectError(
                f"{place_of_column(features, name)}: {name} is the same in every row, so nothing can be learnt from it"
            )
    derived = tuple(_feature(name, text, described[name]["missing"] != 0) for name, text in columns.items())
    return replace(table, contract=replace(contract, derived=derived), described=table.described | described)


def as_feature(name: str, values: FeatureValues) -> Feature:
    """A new column as the contract names it: a number that may be missing if it is, or a text."""
    text = values.dtype.kind == "O"
    return _feature(name, text, not text and bool(np.isnan(values.astype(np.float32)).any()))


def _feature(name: str, text: bool, gaps: bool) -> Feature:
    if text:
        return Feature(name, "string", "categorical", nullable=True)
    return Feature(name, "number", "numeric", nullable=gaps)


def _derived(
    rows: StagedRows, features: Features, contract: Contract, batch: int
) -> Iterator[dict[str, FeatureValues]]:
    before = 0
    for block in rows.blocks([feature.name for feature in contract.features], batch):
        columns = feature_columns(block, contract)
        made = derive(features, columns, contract, before)
        if not before:
            check_own_rows(features, partial(derive, features, contract=contract), columns, made)
        yield made
        before += len(block)


def _stage(parts: Iterator[dict[str, FeatureValues]], path: Path) -> dict[str, bool]:
    """Write the new columns; each with whether it is a text."""
    writer, texts = None, {}
    for columns in parts:
        texts = {name: values.dtype.kind == "O" for name, values in columns.items()}
        table = pa.Table.from_pandas(pd.DataFrame(columns), preserve_index=False)
        writer = writer or pq.ParquetWriter(path, table.schema, compression="lz4")
        writer.write_table(table)
    if writer is not None:
        writer.close()
    return texts


def _is_constant(found: Numbers) -> bool:
    if "counts" in found:  # of texts the missing one is a value too
        return int(str(found["categories"])) + bool(found["missing"]) < 2
    return "minimum" not in found or (found["minimum"] == found["maximum"] and not found["missing"])
