"""Will a table fit? Asked before it is read: the first rows tell how much memory each one takes, the file how many."""

import os
from itertools import islice
from pathlib import Path

import pandas as pd
import pandera.pandas as pa
import psutil
from pyarrow.parquet import ParquetFile

from harness.core.errors import ProjectError

MEASURED_ROWS = 20_000  # rows from which the size of a row is estimated
PEAK = 2.5  # how often the columns are in memory at once, at most: raw, without duplicates, converted, split
GIGABYTE = 1e9
LIMIT = "MEMORY_GB"  # of the environment: a smaller limit than the machine's
CGROUP = Path("/sys/fs/cgroup/memory.max")  # what a container may take


def check_memory(path: Path, schema: pa.DataFrameSchema) -> None:
    """Raises ProjectError if preparing the table would take more memory than this machine has, or may use."""
    names = list(schema.columns)
    try:
        rows, bytes_a_row = _parquet(path, names) if path.suffix == ".parquet" else _csv(path, names)
    except (OSError, ValueError):
        return  # what is wrong with the file is said where it is read
    needed, limit = PEAK * rows * bytes_a_row, memory_limit()
    if needed > limit:
        fit = int(limit / (PEAK * bytes_a_row))
        raise ProjectError(
            f"{path}: about {rows:,} rows of {bytes_a_row:.0f} bytes take {needed / GIGABYTE:.1f} GB to be prepared, "
            f"{limit / GIGABYTE:.1f} GB are there: about {fit:,} rows fit; nothing was begun"
        )


def memory_limit() -> float:
    """Bytes: MEMORY_GB of the environment, or what the container may take, or the machine has."""
    given = os.environ.get(LIMIT)
    if given:
        try:
            asked = float(given)
        except ValueError:
            asked = 0.0
        if not 0 < asked < float("inf"):
            raise ProjectError(f"{LIMIT}={given}: must be a number of gigabytes above 0")
        return asked * GIGABYTE
    whole = float(psutil.virtual_memory().total)
    try:
        return min(whole, float(CGROUP.read_text("ascii")))
    except (OSError, ValueError):  # none, or the word max
        return whole


def _parquet(path: Path, names: list[str]) -> tuple[int, float]:
    with ParquetFile(path) as file:
        present = [name for name in names if name in file.schema_arrow.names]
        first = next(file.iter_batches(MEASURED_ROWS, columns=present), None)
        return file.metadata.num_rows, _bytes_a_row(first.to_pandas()) if first is not None else 0.0


def _csv(path: Path, names: list[str]) -> tuple[int, float]:
    with path.open("rb") as file:
        header = len(file.readline())
        lines = [len(line) for line in islice(file, MEASURED_ROWS)]
    if len(lines) < MEASURED_ROWS:
        return len(lines), 0.0  # a table this small fits anywhere
    first = pd.read_csv(path, nrows=MEASURED_ROWS, usecols=lambda name: name in names, low_memory=False)
    return int((path.stat().st_size - header) / (sum(lines) / len(lines))), _bytes_a_row(first)


def _bytes_a_row(frame: pd.DataFrame) -> float:
    return float(frame.memory_usage(deep=True, index=False).sum()) / max(len(frame), 1)
