"""Rows that the running model answered and whose truth came back, as rows of the project's table."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.batch.read import InputTable, open_table
from harness.core.contract import as_text
from harness.core.errors import ProjectError
from harness.core.loader import load_schema
from harness.core.params import load_params
from harness.core.paths import MODEL_PATH
from harness.inference.model_file import ModelFile
from harness.monitor.observed import Batch
from harness.monitor.sources import SCORED_ROWS, LogSource, opened
from harness.monitor.truth import REQUEST, Labels, read_truth

LABEL_PLACE, ANSWERED = "\0place", "\0moment"  # of a row's label, and of its answer: no column has such a name


def write_labelled_rows(log: str, truth: str, out: Path) -> int:
    """Write the log's rows that have a label as CSV with the data's columns; how many there are.

    The features are as they were asked; what else the schema declares is in the truth file, and what it does not
    declare is left empty. Of a request or id that was answered twice the first answer is taken; a row whose id the data
    have already is left out; both are counted on the terminal. Raises ProjectError if a declared column is in neither,
    or no label fits a row.
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
    data = open_table(Path(load_params().data.path))
    columns = data.schema.names
    rows = _each_once(rows, labels.key)
    own = file.contract.id
    if own and own in columns and own in rows:
        rows = _new_ones(rows, own, data)
    if rows.empty:
        raise ProjectError(f"{truth}: all rows of {log} that have a label are in the data already")
    rows.reindex(columns=list(dict.fromkeys([*columns, *wanted]))).to_csv(out, index=False)
    return len(rows)


def _each_once(rows: pd.DataFrame, key: str) -> pd.DataFrame:
    """The first answer of each label; the columns that said which those are go."""
    ordered = rows.sort_values(ANSWERED, kind="stable") if rows[ANSWERED].notna().all() else rows
    first = ordered.drop_duplicates(LABEL_PLACE).drop(columns=[LABEL_PLACE, ANSWERED])
    if len(first) < len(rows):
        print(f"{len(rows) - len(first)} rows repeat a {key} that was answered before, and are left out")
    return first


def _new_ones(rows: pd.DataFrame, own: str, data: InputTable) -> pd.DataFrame:
    old = {as_text(value) for chunk in data.chunks([own], SCORED_ROWS) for value in chunk.rows.column(own).to_pylist()}
    new = rows[~rows[own].map(as_text).isin(old)]
    if len(new) < len(rows):
        print(f"{len(rows) - len(new)} rows are left out, because the data have their {own} already")
    return new


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
    rows = {name: _whole(found[name]) if name in found else given[name].to_numpy() for name in wanted}
    times = np.full(len(places), np.datetime64("NaT")) if batch.times is None else batch.times
    return pd.DataFrame({**rows, LABEL_PLACE: places[places >= 0], ANSWERED: times[places >= 0]})


def _whole(values: NDArray[np.generic]) -> object:
    """Numbers without a fraction as the integers that they were asked as."""
    if values.dtype.kind != "f":
        return values
    column = pd.Series(values)
    known = column.dropna()
    return column.astype("Int64") if np.isfinite(known).all() and (known == known.round()).all() else values
