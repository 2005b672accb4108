"""The raw table: read it, and hold it against the schema. Nothing here changes a value."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa

from src.contract import Label
from src.errors import ProjectError
from src.params import TaskParams
from src.roles import SCHEMA, columns_by_role, is_text

SHOWN = 20  # violations of one check that are printed
FINITE = pa.Check(lambda s: s.abs() <= np.finfo(np.float32).max, name="finite")
WORDS = {
    "greater_than_or_equal_to": "≥",
    "greater_than": ">",
    "less_than_or_equal_to": "≤",
    "less_than": "<",
    "isin": "one of",
    "in_range": "in the range",
    "coerce_dtype": "of type",
}


def read_table(path: Path, schema: pa.DataFrameSchema) -> pd.DataFrame:
    """The declared columns of a CSV (UTF-8, comma, empty = missing) or Parquet file, one row an index from 1.

    Raises ProjectError if the file is missing, empty, not readable or lacks a declared column.
    """
    try:
        frame = _read(path, schema)
    except FileNotFoundError:
        raise ProjectError(f"{path}: not found; run: dvc pull data.dvc") from None
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        raise ProjectError(f"{path}: not UTF-8: byte 0x{byte:02x} cannot be read; save the file as UTF-8") from None
    except pd.errors.EmptyDataError:
        raise ProjectError(f"{path}: empty; a header and rows are needed") from None
    except (pd.errors.ParserError, ValueError) as error:
        raise ProjectError(f"{path}: cannot be read: {' '.join(str(error).split())}") from None
    _check_columns(path, frame, schema)
    if frame.empty:
        raise ProjectError(f"{path}: empty; it has a header and no rows")
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    return frame[list(schema.columns)]


def validate(frame: pd.DataFrame, schema: pa.DataFrameSchema, source: Path) -> pd.DataFrame:
    """The frame in the schema's types.

    Raises ProjectError with a line for each violation (column, value, row), at most 20 a check.
    """
    try:
        return _strict(schema).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases
    lines = list(_violations(cases, source))
    raise ProjectError("\n".join([*lines, f"{source}: does not meet {SCHEMA}; nothing was written"]))


def find_classes(target: pd.Series, task: TaskParams, source: Path) -> tuple[Label, ...]:
    """The labels of a validated target: (negative, positive), or sorted; none for regression.

    Raises ProjectError if the target is constant or does not fit the task, or if a class has one row.
    """
    counts = target.value_counts().sort_index()
    labels: list[Label] = counts.index.tolist()
    if len(labels) < 2:
        raise ProjectError(f"{source}: {target.name} is constant: every row has {labels[0]!r}")
    if task.type == "regression":
        return _no_classes(target, source)
    if task.type == "binary" and len(labels) != 2:
        shown = ", ".join(map(repr, labels[:5]))
        raise ProjectError(
            f"{source}: {target.name} has {len(labels)} labels ({shown}, …) but params.yaml: task.type is binary"
        )
    if counts.min() < 2:
        raise ProjectError(f"{source}: {target.name}: the class {counts.idxmin()!r} has one row; 2 are needed at least")
    if task.type == "binary" and task.positive is not None:
        if task.positive not in labels:
            raise ProjectError(f"params.yaml: task.positive must be one of {labels}, got {task.positive!r}")
        labels.sort(key=lambda label: label == task.positive)
    return tuple(labels)


def _no_classes(target: pd.Series, source: Path) -> tuple[Label, ...]:
    if not pd.api.types.is_numeric_dtype(target):
        raise ProjectError(f"{source}: {target.name} is {target.dtype} but params.yaml: task.type is regression")
    return ()


def _read(path: Path, schema: pa.DataFrameSchema) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    texts: dict[Any, Any] = {name: "str" for name, column in schema.columns.items() if is_text(column)}
    # Empty is missing and nothing else is: "NA" may be Namibia.
    return pd.read_csv(path, dtype=texts, keep_default_na=False, na_values=[""], low_memory=False, encoding="utf-8-sig")


def _check_columns(path: Path, frame: pd.DataFrame, schema: pa.DataFrameSchema) -> None:
    absent = [name for name in schema.columns if name not in frame.columns]
    if len(absent) == len(schema.columns):
        header = ", ".join(map(repr, frame.columns[:3]))
        raise ProjectError(
            f"{path}: none of the declared columns found; the header reads {header}; is the delimiter a comma?"
        )
    if absent:
        raise ProjectError("\n".join(f"{path}: the column {name} is absent ({SCHEMA} declares it)" for name in absent))


def _strict(schema: pa.DataFrameSchema) -> pa.DataFrameSchema:
    """The schema with unique ids, finite numbers, and text converted to the declared types."""
    roles = columns_by_role(schema)
    strict = schema.update_columns({name: {"coerce": True} for name in schema.columns})
    for name in roles["id"]:
        strict.columns[name].unique = True
    for name in {*roles["numeric"], *roles["target"]}:
        if "float" in str(strict.columns[name].dtype).lower():
            strict.columns[name].checks.append(FINITE)
    return strict


def _violations(cases: pd.DataFrame, source: Path) -> Iterator[str]:
    # A value that is not of its column's type makes every later check of that column fail without a row: noise.
    for (column, check), failed in cases.dropna(subset="index").groupby(["column", "check"], sort=False):
        if str(check).startswith("dtype("):
            continue
        rows: Iterable[tuple[Any, Any]] = zip(failed["index"][:SHOWN], failed["failure_case"][:SHOWN], strict=True)
        for row, value in rows:
            got = "" if pd.isna(value) else f", got {value!r}"
            yield f"{source}: row {row}: {column} {_must(str(check))}{got}"
        if len(failed) > SHOWN:
            yield f"{source}: {column} {_must(str(check))}: {len(failed) - SHOWN} more rows"


def _must(check: str) -> str:
    name, _, rest = check.partition("(")
    if name == "not_nullable":
        return "must not be missing"
    if name == "field_uniqueness":
        return "must be unique"
    return f"must be {WORDS.get(name, name)} {rest.rstrip(')').strip(chr(39))}".rstrip()
