"""Stage `preprocess`: validate, keep the declared columns, drop exact duplicates, split. Never changes a value."""

from dataclasses import replace
from pathlib import Path

from harness.core.command import run
from harness.core.files import file_hash
from harness.core.params import load_params
from harness.core.paths import PREPARED
from harness.core.prepared import Prepared
from harness.data.profile import build_profile
from harness.data.roles import build_contract
from harness.data.split import split
from harness.data.table import find_classes, read_table
from harness.data.validation import validate
from src.schema import Schema


def preprocess() -> None:
    params = load_params()
    path = Path(params.data.path)
    schema = Schema.to_schema()
    contract = build_contract(schema, params.task.type)
    raw = read_table(path, schema)
    frame = validate(raw.drop_duplicates(), schema, path)
    contract = replace(contract, classes=find_classes(frame[contract.target], params.task, path))
    train, test, how = split(frame, contract, params.preprocess, path)
    profile = build_profile(frame, contract)
    profile |= {"duplicates_dropped": len(raw) - len(frame), "train_rows": len(train), "test_rows": len(test)}
    profile |= {"split": how, "data_sha256": file_hash(path)}
    Prepared(PREPARED).write(train, test, contract, profile)
    print(f"{path}: {len(raw)} rows, {len(raw) - len(frame)} exact duplicates dropped")
    print(f"{PREPARED}: {len(train)} train and {len(test)} test rows, split {how}")


if __name__ == "__main__":
    run(preprocess)
