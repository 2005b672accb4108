"""Rows that the running model answered and whose truth came back, as rows of the project's table."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.batch.read import open_table
from harness.core.errors import ProjectError
from harness.core.loader import load_schema
from harness.core.params import load_params
from harness.core.paths import MODEL_PATH
from harness.inference.model_file import ModelFile
from harness.monitor.observed import Batch
from harness.monitor.sources import LogSource, opened
from harness.monitor.truth import REQUEST, Labels, read_truth


def write_labelled_rows(log: str, truth: str, out: Path) -> int:
    """Write the log's rows that have a label as CSV with the data's columns; how many there are.

    The features are as they were asked; what else the schema declares is in the truth file, and what it does not
    declare is left empty. Raises ProjectError if a declared column is in neither, or no label fits a row.
    """
    file = ModelFile(MODEL_PATH)
    wanted, now = list(load_schema().to_schema().columns), np.datetime64("now", "us")
    with opened(truth, "TRUTH") as path:
        labels = read_truth(path, file.contract)
    with opened(log) as path:
        batches = LogSource(path, file.contract, file.version).batches(now)
        parts = [_rows(batch, labels, wanted, truth, file.contract.id) for batch in batches]
    rows = pd.concat(parts) if parts else pd.DataFrame()
    if rows.empty:
        raise ProjectError(f"{truth}: no label belongs to a row of {log} (matched by {labels.key})")
    columns = open_table(Path(load_params().data.path)).schema.names
    rows.reindex(columns=list(dict.fromkeys([*columns, *wanted]))).to_csv(out, index=False)
    return len(rows)


def _rows(batch: Batch, labels: Labels, wanted: list[str], truth: str, id_column: str | None) -> pd.DataFrame:
    keys = batch.keys if labels.key == REQUEST else batch.ids
    places = labels.places(keys) if keys is not None else np.full(len(batch.scores), -1)
    found = {name: values[places >= 0] for name, values in batch.columns.items()}
    if id_column and batch.ids is not None:
        found[id_column] = batch.ids[places >= 0]
    given = labels.rows.iloc[places[places >= 0]]
    for name in wanted:
        if name not in found and name not in given:
            raise ProjectError(f"{truth}: the column {name} is absent; the log lacks it too, and the data need it")
    return pd.DataFrame({name: _whole(found[name]) if name in found else given[name].to_numpy() for name in wanted})


def _whole(values: NDArray[np.generic]) -> object:
    """Numbers without a fraction as the integers that they were asked as."""
    if values.dtype.kind != "f":
        return values
    column = pd.Series(values)
    known = column.dropna()
    return column.astype("Int64") if np.isfinite(known).all() and (known == known.round()).all() else values
