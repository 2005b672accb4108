"""How many rows of a table may be held at once: the first rows tell how much memory each one takes."""

from pathlib import Path

import pandas as pd
import pandera.pandas as pa
from pyarrow.parquet import ParquetFile

from harness.core.errors import ProjectError
from harness.core.files import ending
from harness.core.memory import GIGABYTE, LIMIT, memory_limit

MEASURED_ROWS = 20_000  # rows from which the size of a row is estimated
LEAST_BATCH, MOST_BATCH = 10_000, 2**20  # that are held at once
PEAK = 6  # how often the rows of a batch are in memory at once, with what is written of them
PROCESS_BYTES = 0.5 * GIGABYTE  # what Python and the packages take


def batch_rows(path: Path, schema: pa.DataFrameSchema) -> int:
    """How many rows `preprocess` may hold at once. Raises ProjectError if the memory is enough for none."""
    bytes_a_row = _bytes_a_row(path, list(schema.columns))
    limit = memory_limit()
    fit = int((limit - PROCESS_BYTES) / (PEAK * bytes_a_row)) if bytes_a_row else MOST_BATCH
    if limit < PROCESS_BYTES or fit < LEAST_BATCH:
        least = (PROCESS_BYTES + LEAST_BATCH * PEAK * bytes_a_row) / GIGABYTE
        raise ProjectError(
            f"{path}: preparing rows of {bytes_a_row:.0f} bytes needs {least:.1f} GB of memory, and "
            f"{limit / GIGABYTE:.2g} GB are there ({LIMIT}, or the machine's); nothing was started"
        )
    return min(fit, MOST_BATCH)


def _bytes_a_row(path: Path, names: list[str]) -> float:
    """Of the first rows; 0 where they cannot be read: what is wrong with the file is said where it is read."""
    try:
        if ending(path) == ".parquet":
            with ParquetFile(path) as file:
                present = [name for name in names if name in file.schema_arrow.names]
                first = next(file.iter_batches(MEASURED_ROWS, columns=present)).to_pandas()
        else:
            first = pd.read_csv(path, nrows=MEASURED_ROWS, usecols=lambda name: name in names, low_memory=False)
    except (OSError, ValueError, StopIteration):
        return 0.0
    return float(first.memory_usage(deep=True, index=False).sum()) / max(len(first), 1)
