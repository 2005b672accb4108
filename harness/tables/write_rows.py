"""Rows of a source → the data file: CSV (UTF-8, comma, LF, empty = missing) or Parquet."""

import csv
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq


def write_rows(parts: Iterable[pa.Table], path: Path) -> None:
    """Write the parts one below the other, in the format of the name's ending."""
    path.unlink(missing_ok=True)
    writer = None
    for part in parts:
        if path.suffix == ".parquet":
            writer = writer or pq.ParquetWriter(path, part.schema, compression="zstd")
            writer.write_table(part)
        else:
            frame = _for_csv(part)
            frame.to_csv(
                path, mode="a", header=not path.exists(), index=False, lineterminator="\n", quoting=csv.QUOTE_MINIMAL
            )
    if writer:
        writer.close()


def numbered(parts: Iterable[pa.Table], name: str, first: int = 1) -> Iterable[pa.Table]:
    """The parts with the number of each row in front."""
    for part in parts:
        yield part.add_column(0, name, pa.array(range(first, first + len(part))))
        first += len(part)


def hashed(parts: Iterable[pa.Table], name: str, columns: Sequence[str]) -> Iterable[pa.Table]:
    """The parts with a hash of each row's values in some columns in front: equal rows have the same one."""
    for part in parts:
        texts = (part[column].cast(pa.string()).fill_null("").to_pylist() for column in sorted(columns))
        rows = map("\x1f".join, zip(*texts, strict=True))
        digests = [blake2b(row.encode(), digest_size=8).hexdigest() for row in rows]
        yield part.add_column(0, name, pa.array(digests, pa.string()))


def _for_csv(part: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = part.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}.get)
    return frame
