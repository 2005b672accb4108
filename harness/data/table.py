"""The raw table as it is read, and the classes of its target."""

import csv
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pandera.pandas as pa
from pyarrow.parquet import read_schema

from harness.core.contract import Label
from harness.core.errors import ProjectError
from harness.core.files import ending
from harness.core.nearest import did_you_mean
from harness.core.params import TaskParams
from harness.data.roles import SCHEMA, is_text

MOST_PAIRS = 100_000  # of an absent name and one that may be meant: they are compared in about a second


def read_table(path: Path, schema: pa.DataFrameSchema) -> pd.DataFrame:
    """The declared columns of a CSV (UTF-8, comma, empty = missing) or Parquet file, one row an index from 1.

    Raises ProjectError if the file is missing, empty, not readable or lacks a declared column.
    """
    with explained(path):
        frame = _read(path, schema)
    check_declared(path, list(frame.columns), schema)
    if frame.empty:
        raise ProjectError(f"{path}: empty; it has a header and no rows")
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    return frame[list(schema.columns)]


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """What readers say of a file that they cannot read, as a ProjectError."""
    try:
        yield
    except FileNotFoundError:
        raise ProjectError(f"{path}: not found; run: dvc pull data.dvc") from None
    except UnicodeDecodeError as error:
        byte = f"byte 0x{error.object[error.start]:02x}{_place_of_byte(path)}"
        raise ProjectError(f"{path}: not UTF-8: {byte} cannot be read; save the file as UTF-8") from None
    except pd.errors.EmptyDataError:
        raise ProjectError(f"{path}: empty; a header and rows are needed") from None
    except (pd.errors.ParserError, csv.Error, ValueError) as error:
        raise ProjectError(f"{path}: cannot be read: {' '.join(str(error).split())}") from None


def _place_of_byte(path: Path) -> str:
    """Row and column of the first cell that is not UTF-8."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        rows = csv.reader(file)
        names = next(rows)
        for number, row in enumerate(rows, start=1):
            for name, cell in zip(names, row, strict=False):
                if any("\udc80" <= sign <= "\udcff" for sign in cell):
                    return f" in row {number}, column {name},"
    return ""


def find_classes(target: pd.Series, task: TaskParams, source: Path) -> tuple[Label, ...]:
    """The labels of a validated target: (negative, positive), or sorted; none for regression.

    Raises ProjectError if the target is constant or does not fit the task, or if a class has one row.
    """
    return classes_of(target.value_counts().sort_index(), target, task, source)


def classes_of(counts: pd.Series, target: pd.Series, task: TaskParams, source: Path) -> tuple[Label, ...]:
    """The same of how often each label is there, sorted (of a regression two are enough); `target` may be some rows."""
    labels: list[Label] = counts.index.tolist()
    if len(labels) < 2:
        raise ProjectError(f"{source}: {target.name} is constant: every row has {labels[0]!r}")
    if task.type == "regression":
        return _no_classes(target, source)
    if task.type == "binary" and len(labels) != 2:
        shown = ", ".join(map(repr, labels[:5]))
        raise ProjectError(
            f"{source}: {target.name} has {len(labels)} labels ({shown}, …) "
            "but params.yaml: task.type is binary; it must be multiclass"
        )
    if counts.min() < 2:
        raise ProjectError(
            f"{source}: {target.name}: the class {labels[counts.argmin()]!r} has one row; at least 2 are needed"
        )
    if task.type == "binary" and task.positive is not None:
        if task.positive not in labels:
            raise ProjectError(f"params.yaml: task.positive must be one of {labels}, got {task.positive!r}")
        labels.sort(key=lambda label: label == task.positive)
    return tuple(labels)


def _no_classes(target: pd.Series, source: Path) -> tuple[Label, ...]:
    if not pd.api.types.is_numeric_dtype(target):
        raise ProjectError(
            f"{source}: {target.name} is {target.dtype} but params.yaml: task.type is regression, which needs numbers"
        )
    return ()


def _read(path: Path, schema: pa.DataFrameSchema) -> pd.DataFrame:
    if ending(path) == ".parquet":
        return pd.read_parquet(path, columns=[name for name in read_schema(path).names if name in schema.columns])
    check_csv(path, schema)
    return next(csv_chunks(path, schema))


def csv_chunks(
    path: Path, schema: pa.DataFrameSchema, rows: int | None = None, types: dict[Hashable, str] | None = None
) -> Iterator[pd.DataFrame]:
    """The declared columns of a CSV file, so many rows at once (None: all), each in the type that its rows suggest."""
    texts: dict[Hashable, str] = {name: "str" for name, column in schema.columns.items() if is_text(column)}
    # Only an empty cell is missing: "NA" may be Namibia.
    with pd.read_csv(
        path,
        dtype=(types or {}) | texts,
        usecols=list(schema.columns),
        keep_default_na=False,
        na_values=[""],
        low_memory=False,
        encoding="utf-8-sig",
        iterator=True,
    ) as reader:
        while True:
            try:
                yield reader.get_chunk(rows)
            except StopIteration:
                return


def check_csv(path: Path, schema: pa.DataFrameSchema) -> None:
    """Header and number of fields: pandas would fill a short row with gaps, and shift the columns of a long one."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        header = next(rows, None)
        if not header:
            raise ProjectError(f"{path}: empty; a header and rows are needed")
        check_declared(path, header, schema)
        for number, row in enumerate(rows, start=1):
            if len(row) != len(header) and row:
                raise ProjectError(
                    f"{path}: row {number}: must have {len(header)} fields, as the header has, got {len(row)}"
                )


def check_declared(path: Path, header: list[str], schema: pa.DataFrameSchema) -> None:
    """Raises ProjectError if a declared column is absent, or there twice."""
    absent = [name for name in schema.columns if name not in header]
    if len(absent) == len(schema.columns):
        start = ", ".join(map(repr, header[:3]))
        raise ProjectError(
            f"{path}: has none of the columns that {SCHEMA} declares; its header reads {start}; "
            "is the delimiter a comma?"
        )
    twice = [f"{path}: the column {name} is there twice" for name in schema.columns if header.count(name) > 1]
    if absent or twice:
        others = [name for name in header if name not in schema.columns]
        others = others if len(absent) * len(others) <= MOST_PAIRS else []
        why = f"{SCHEMA} declares it"
        lines = [f"{path}: the column {name} is absent{did_you_mean(name, others, why)}" for name in absent]
        raise ProjectError("\n".join(lines + twice))
