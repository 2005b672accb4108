"""Rows that repeat an earlier one, found by 128-bit hashes that lie on disk: memory grows with a bucket, not with rows.

Two different rows of a billion have equal hashes with a chance of about 10⁻²¹.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.core.blocks import BLOCK_ROWS
from harness.core.files import replacing

RECORD = np.dtype([("first", "<u8"), ("second", "<u8"), ("row", "<i8")])
KEYS = ("preprocess: one.", "preprocess: two.")  # of the two hashes of a text, 16 bytes each
Records = NDArray[np.void]
Hashes = tuple[Path, NDArray[np.int64]]  # a file of records by bucket, and where each bucket ends (buckets + 1,)


def bucket_count(rows: int) -> int:
    """Into how many buckets so many rows go."""
    return rows // BLOCK_ROWS + 1


def write_hashes(frame: pd.DataFrame, buckets: int, path: Path) -> Hashes:
    """Write the hashes of rows, indexed by their number, by bucket."""
    records = _records(frame)
    bucket = (records["first"] % np.uint64(buckets)).astype(np.int64)
    with replacing(path) as temporary:
        records[np.argsort(bucket, kind="stable")].tofile(temporary)
    return path, np.append(0, np.bincount(bucket, minlength=buckets).cumsum())


def repeated_rows(written: Sequence[Hashes], every: bool = False) -> Iterator[NDArray[np.int64]]:
    """Numbers of the rows that repeat an earlier one (`every`: the earlier one too), some after the others."""
    buckets = len(written[0][1]) - 1
    for bucket in range(buckets):
        parts = [
            np.fromfile(path, RECORD, int(ends[bucket + 1] - ends[bucket]), offset=int(ends[bucket]) * RECORD.itemsize)
            for path, ends in written
        ]
        records = np.concatenate(parts)
        records = records[np.lexsort((records["row"], records["second"], records["first"]))]
        same = (records["first"][1:] == records["first"][:-1]) & (records["second"][1:] == records["second"][:-1])
        again = np.append(False, same)
        yield records["row"][again | np.append(same, False) if every else again]


def _records(frame: pd.DataFrame) -> Records:
    plain = frame.apply(_plain)
    found = np.empty(len(frame), RECORD)
    found["first"] = pd.util.hash_pandas_object(plain, index=False, hash_key=KEYS[0])
    found["second"] = pd.util.hash_pandas_object(plain[plain.columns[::-1]], index=False, hash_key=KEYS[1])
    found["row"] = frame.index
    return found


def _plain(values: pd.Series) -> pd.Series:
    """Equal values in one form: the two zeros, and whatever Python objects there are."""
    if values.dtype.kind == "f":
        return values + 0.0
    return values.map(str, na_action="ignore") if values.dtype == object else values
