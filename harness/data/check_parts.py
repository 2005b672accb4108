"""The parts of a raw table, checked one by one: what is wrong in any, and the good rows without exact duplicates."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pyarrow
import pyarrow.parquet as pq
from numpy.typing import NDArray

from harness.core.cluster import spread_calls
from harness.core.files import replacing
from harness.data.raw_table import TablePart
from harness.data.repeats import Hashes, bucket_count, repeated_rows, write_hashes
from harness.data.validation import CHECKED, find_violations, unique_columns
from harness.data.violations import MOST_SHOWN, Scalar, Violations


@dataclass(frozen=True)
class CheckedPart:
    """What came of one part: its good rows as a file, what is wrong, and the hashes of what may be there only once."""

    piece: Path
    violations: Violations
    hashes: dict[str, list[Hashes]]


@dataclass(frozen=True)
class PartToCheck:
    """A part of a table, what is needed to check it, and what it is called in the folder of what is made of it."""

    part: TablePart
    name: str
    schema: pa.DataFrameSchema
    batch: int  # rows at once
    buckets: int
    folder: Path
    repeated: NDArray[np.bool_] | None = None  # whether each row repeats an earlier one, once that is known

    def __str__(self) -> str:
        return str(self.part)


def checked_pieces(
    parts: Sequence[TablePart], schema: pa.DataFrameSchema, source: Path, batch: int, folder: Path
) -> list[Path]:
    """Files of the rows in the schema's types, in order, without those that repeat an earlier one.

    Raises ProjectError with a line for each violation (column, value, row), at most 20 a check.
    """
    rows = sum(part.rows for part in parts)
    work = [
        PartToCheck(part, str(number), schema, batch, bucket_count(rows), folder) for number, part in enumerate(parts)
    ]
    repeated = _repeated(work, rows)
    sides = (repeated[one.part.first - 1 : one.part.first - 1 + one.part.rows] for one in work)
    checked = list(
        spread_calls(check_part, [replace(one, repeated=side) for one, side in zip(work, sides, strict=True)])
    )
    found = Violations()
    for done in checked:
        found.update(done.violations)
    for name in unique_columns(schema):
        _find_repeated_values(name, [one for done in checked for one in done.hashes[name]], work, found)
    found.refuse(source)
    return [done.piece for done in checked]


def hash_part(given: PartToCheck) -> list[Hashes]:
    """Hashes of whole rows, as they are in the table."""
    return [
        write_hashes(frame, given.buckets, given.folder / f"{given.name}-{number}.rows")
        for number, frame in enumerate(given.part.batches(given.batch))
    ]


def check_part(given: PartToCheck) -> CheckedPart:
    """Rows in the schema's types, without repeated ones; no file if any is wrong."""
    assert given.repeated is not None
    done = CheckedPart(given.folder / f"{given.name}.parquet", Violations(), {})
    done.hashes.update({name: [] for name in unique_columns(given.schema)})
    with replacing(done.piece) as temporary, ExitStack() as stack:
        writer = None
        for number, frame in enumerate(given.part.batches(given.batch)):
            place = int(frame.index[0]) - given.part.first
            valid, wrong = find_violations(frame[~given.repeated[place : place + len(frame)]], given.schema, False)
            done.violations.update(wrong)
            for order, (name, written) in enumerate(done.hashes.items()):
                path = given.folder / f"{given.name}-{number}.{order}"
                written.append(write_hashes(valid[[name]], given.buckets, path))
            if not done.violations:
                table = pyarrow.Table.from_pandas(valid, preserve_index=False)
                writer = writer or stack.enter_context(pq.ParquetWriter(temporary, table.schema, compression="lz4"))
                writer.write_table(table)
        temporary.touch()
    return done


def _repeated(work: Sequence[PartToCheck], rows: int) -> NDArray[np.bool_]:
    """Whether each row of the table (rows,) repeats an earlier one."""
    written = [one for part in spread_calls(hash_part, work) for one in part]
    found = np.zeros(rows, bool)
    for again in repeated_rows(written):
        found[again - 1] = True
    for path, _ in written:
        path.unlink()
    return found


def _find_repeated_values(name: str, written: list[Hashes], work: Sequence[PartToCheck], found: Violations) -> None:
    rows = np.sort(np.concatenate(list(repeated_rows(written, every=True))))
    if len(rows):
        rank = (CHECKED, list(work[0].schema.columns).index(name), -1)
        found.add(rank, name, "unique", _values(name, rows[:MOST_SHOWN], work), len(rows))


def _values(name: str, rows: NDArray[np.int64], work: Sequence[PartToCheck]) -> Iterator[tuple[int, Scalar]]:
    """Some rows' numbers and what a column holds there."""
    for one in work:
        wanted = rows[(rows >= one.part.first) & (rows < one.part.first + one.part.rows)]
        if len(wanted):
            some = pd.concat([frame[np.isin(frame.index, wanted)] for frame in one.part.batches(one.batch)])
            yield from zip(some.index.tolist(), find_violations(some, one.schema, False)[0][name], strict=True)
