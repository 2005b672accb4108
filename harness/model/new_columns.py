"""The table that `preprocess` hands on, with what src/features.py makes of it in contract and profile."""

from dataclasses import replace

import numpy as np

from harness.core.contract import Feature
from harness.core.errors import ProjectError
from harness.core.hooks import place
from harness.core.prepared import feature_columns
from harness.data.prepare import PreparedTable
from harness.data.profile import describe
from harness.model.features import Features, FeatureValues, derive


def with_features(table: PreparedTable, features: Features) -> PreparedTable:
    """A prepared table whose contract and profile hold the new columns too; its rows stay as they are.

    Raises ProjectError, naming function, column and line, if a new column is of no use.
    """
    contract, rows = table.contract, [table.train, table.test]
    columns = [derive(features, feature_columns(frame, contract), contract) for frame in rows]
    whole = {name: np.concatenate([part[name] for part in columns]) for name in columns[0]}
    for name, values in whole.items():
        if len(np.unique(values)) < 2:
            raise ProjectError(f"{place(features)}: {name} is the same in every row, so nothing can be learnt from it")
    derived = tuple(as_feature(name, values) for name, values in whole.items())
    described = table.described | {name: describe(values) for name, values in whole.items()}
    return replace(table, contract=replace(contract, derived=derived), described=described)


def as_feature(name: str, values: FeatureValues) -> Feature:
    """A new column as the contract names it: a number that may be missing if it is, or a text."""
    if values.dtype.kind == "O":
        return Feature(name, "string", "categorical", nullable=True)
    return Feature(name, "number", "numeric", nullable=bool(np.isnan(values.astype(np.float32)).any()))
