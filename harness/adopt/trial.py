"""The written data, schema and parameters, tried as `preprocess` would before anything takes their place."""

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pyarrow.parquet as pq

from harness.adopt.example_request import example_row
from harness.core.contract import Contract
from harness.core.errors import ProjectError
from harness.core.params import PreprocessParams, TaskParams
from harness.core.prepared import target_values
from harness.data.profile import build_profile
from harness.data.roles import build_contract
from harness.data.split import split
from harness.data.table import find_classes, read_table
from harness.data.times import with_times
from harness.data.validation import validate
from harness.evaluate.honest import honest_metrics
from harness.evaluate.sample import Sample
from harness.evaluate.units import units_of

AT_ONCE = 500_000  # rows in memory
MOST_PARTS = 4  # of them that are tried, spread over the file: types and limits come from all of the rows before
SEEDS = 50  # that are tried until either side has every class
SIDE_ROWS = 2  # rows of each class on either side


@dataclass(frozen=True)
class Trial:
    """What came of it; `problem` says why no split leaves every class on both sides."""

    rows: int
    repeated: int  # exact duplicates among the declared columns; of a large file about as many, as some parts have
    seed: int
    split: str
    honest: tuple[str, ...]  # metrics whose change gets an interval on the test rows
    example: dict[str, object]
    contract: Contract
    train: pd.DataFrame  # of the rows that were held at once
    problem: str = ""
    twins: int = 0  # rows that equal another one except for their id, and need not share its side of the split


def try_out(data: Path, schema_file: Path, task: TaskParams, params: PreprocessParams) -> Trial:
    """Raises ProjectError as `preprocess` would."""
    schema = load_draft(schema_file)
    contract = build_contract(schema, task.type)
    rows, repeated, first = 0, 0, None
    for part in _parts(data, schema):
        unique = part.drop_duplicates()
        valid = validate(unique, schema, data)
        rows, repeated = rows + len(part), repeated + len(part) - len(unique)
        first = valid if first is None else first
    if first is None:
        raise ProjectError(f"{data}: empty")
    contract = with_times(replace(contract, classes=find_classes(first[contract.target], task, data)), first)
    example = example_row(contract, build_profile(first, contract))
    if data.suffix != ".csv":  # of which not every part was tried
        whole = pq.read_metadata(data).num_rows
        rows, repeated = whole, round(repeated * whole / rows)
    trial = Trial(rows, repeated, params.seed, "", (), example, contract, first, twins=twins(contract, first))
    for seed in range(params.seed, params.seed + SEEDS):
        try:
            train, test, how = split(first, contract, params.model_copy(update={"seed": seed}), data)
        except ProjectError as error:
            trial = replace(trial, problem=str(error))
            continue
        lacking = _lacking(contract, train, test)
        if not lacking:
            return replace(trial, seed=seed, split=how, honest=_honest(contract, test), train=train, problem="")
        trial = replace(trial, problem=lacking)
    return trial


def twins(contract: Contract, rows: pd.DataFrame) -> int:
    """Rows that equal an earlier one except for their id, where neither a time nor a group splits the rows."""
    if not contract.id or contract.time or contract.group:
        return 0
    return int(rows.drop(columns=contract.id).duplicated().sum())


def load_draft(path: Path) -> pa.DataFrameSchema:
    """The schema of a drafted file, which no project has yet."""
    spec = importlib.util.spec_from_file_location("adopted_schema", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    schema: pa.DataFrameSchema = module.Schema.to_schema()
    return schema


def _parts(data: Path, schema: pa.DataFrameSchema) -> Iterator[pd.DataFrame]:
    """The rows as `preprocess` reads them; of a large file some at a time."""
    if data.suffix == ".csv" or pq.read_metadata(data).num_rows <= AT_ONCE:
        yield read_table(data, schema)
        return
    file = pq.ParquetFile(data)
    parts = -(-file.metadata.num_rows // AT_ONCE)
    each = -(-file.num_row_groups // parts)  # row groups of a part
    starts = np.linspace(0, file.num_row_groups - each, min(parts, MOST_PARTS)).astype(int)
    for start in dict.fromkeys(starts.tolist()):
        groups = list(range(start, start + each))
        for batch in file.iter_batches(AT_ONCE, groups, columns=list(schema.columns)):
            yield batch.to_pandas()


def _lacking(contract: Contract, train: pd.DataFrame, test: pd.DataFrame) -> str:
    for side, frame in (("train", train), ("test", test)):
        counts = frame[contract.target].value_counts()
        for label in contract.classes:
            if counts.get(label, 0) < (SIDE_ROWS if side == "train" else 1):
                return f"the class {label!r} has {counts.get(label, 0)} rows on the {side} side"
    return ""


def _honest(contract: Contract, test: pd.DataFrame) -> tuple[str, ...]:
    scores = np.zeros((len(test), max(1, len(contract.classes))))
    y = target_values(test, contract)
    if contract.task == "regression":
        scores += y.mean()
    return tuple(honest_metrics(Sample(contract.task, y, scores, None), units_of(test, contract), paired=True))
