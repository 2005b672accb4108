"""Stage `preprocess` as a function: from the raw table to train rows, test rows, contract and profile."""

from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from harness.core.contract import Contract
from harness.core.files import file_hash
from harness.core.params import Params
from harness.data.memory import check_memory
from harness.data.profile import describe_columns
from harness.data.roles import build_contract
from harness.data.split import split
from harness.data.table import find_classes, read_table
from harness.data.times import with_times
from harness.data.validation import validate


@dataclass(frozen=True)
class PreparedTable:
    """A table that meets its schema, without exact duplicates, split."""

    train: pd.DataFrame
    test: pd.DataFrame
    contract: Contract
    counted: dict[str, object]  # rows, how they were split, the hash of the data
    described: dict[str, object]  # each column in numbers
    report: str  # how many rows went where, in sentences

    def profile(self) -> dict[str, object]:
        """What profile.json holds."""
        return {"rows": len(self.train) + len(self.test), "columns": self.described, **self.counted}


def prepare(path: Path, schema: pa.DataFrameSchema, params: Params) -> PreparedTable:
    """Read, validate, drop exact duplicates, split, describe; no value is changed.

    Raises ProjectError with a line for each fault of the table or the schema.
    """
    contract = build_contract(schema, params.task.type)
    check_memory(path, schema)
    raw = read_table(path, schema)
    frame = validate(raw.drop_duplicates(), schema, path)
    classes = find_classes(frame[contract.target], params.task, path)
    contract = with_times(replace(contract, classes=classes), frame)
    train, test, how = split(frame, contract, params.preprocess, path)
    dropped = len(raw) - len(frame)
    counted: dict[str, object] = {
        "duplicates_dropped": dropped,
        "train_rows": len(train),
        "test_rows": len(test),
        "split": how,
        "data_sha256": file_hash(path),
    }
    rows = f"{path}: {len(raw)} rows, {dropped} exact duplicates dropped"
    described = describe_columns(frame, contract)
    report = f"{rows}; {len(train)} to train on and {len(test)} to test on, {how}"
    return PreparedTable(train, test, contract, counted, described, report)
