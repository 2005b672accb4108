"""Write the rows of a new file in the form of data/: in place of the old rows or below them."""

import csv
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa
import pyarrow.parquet as pq

from harness.core.contract import as_text
from harness.core.errors import ProjectError
from harness.core.files import ending
from harness.core.paths import DATA_DVC
from harness.data.roles import columns_by_role
from harness.data.table import read_table
from harness.data.validation import validate
from harness.tables.later_files import reread
from harness.tables.recorded_format import read_as_adopted


def write_as_data(new: Path, path: Path, ready: Path, schema: pandera.DataFrameSchema, append: bool) -> str:
    """Write the rows in the form of data/, read as `make adopt` read its source if that fits; returns a note.

    Raises ProjectError if a value cannot be read.
    """
    read, source = read_as_adopted(new)
    if source:
        number = read.get("numbered")
        first = _last_number(path, number) + 1 if append and number else 1
        lost = reread(source, read, _columns(path), schema, ready, first)
        if lost is not None:
            without = f"; rows without a target, left out: {lost}" if lost else ""
            return f"{new}: read as the source of data/ ({DATA_DVC}: meta.read){without}\n"
    if ending(new) != path.suffix:
        raise ProjectError(
            f"{new}: must be a {path.suffix} file, as data.path in params.yaml is, got {new.suffix or 'no ending'!r}"
        )
    read_table(new, schema)  # refuse a wrong table before anything is written
    further = sorted(set(_columns(new)) - set(_columns(path))) if read else []
    if further:  # they may be those that adopt kept out of data/: an address, a name
        raise ProjectError(
            f"{new}: has the column {further[0]}, which {path} lacks; remove it, or take the file in with make adopt"
        )
    shutil.copyfile(new, ready)
    return ""


def append_rows(path: Path, ready: Path, candidate: Path, schema: pandera.DataFrameSchema) -> None:
    """The old bytes as they are, then the new rows with the columns in the old order.

    Raises ProjectError if the columns are others, or the new rows are not as src/schema.py says.
    """
    validate(read_table(ready, schema), schema, ready)  # by itself first: so its rows are counted as people count them
    _same_columns(_columns(path), _columns(ready), ready)
    for name in columns_by_role(schema)["id"]:
        _new_ids(_texts(path, name), _texts(ready, name), name, ready)
    if path.suffix == ".parquet":
        old, more = pq.read_table(path), pq.read_table(ready)
        try:
            more = more.select(old.column_names).cast(old.schema)
        except pa.ArrowException as error:
            raise ProjectError(f"{ready}: cannot be added: {' '.join(str(error).split())}") from None
        pq.write_table(pa.concat_tables([old, more]), candidate, compression="zstd")
        return
    more = pd.read_csv(ready, dtype="str", keep_default_na=False, encoding="utf-8-sig")
    content = path.read_bytes()
    rows = more[_columns(path)].to_csv(header=False, index=False, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    candidate.write_bytes(content + (b"" if content.endswith(b"\n") else b"\n") + rows.encode())


def copies_of_old_rows(path: Path, new: Path, schema: pandera.DataFrameSchema) -> int:
    """How many new rows are already there under another id."""
    roles = columns_by_role(schema)
    if not roles["id"]:
        return 0  # what is equal in all is counted as a duplicate
    names = [name for name in schema.columns if name not in {*roles["id"], *roles["group"], *roles["time"]}]
    old, more = (read_table(file, schema)[names].astype("str") for file in (path, new))
    known = set(map(tuple, old.to_numpy().tolist()))
    return sum(tuple(row) in known for row in more.to_numpy().tolist())


@contextmanager
def named_as_given(new: Path, *ours: Path) -> Iterator[None]:
    """Errors name the file as it was given."""
    try:
        yield
    except ProjectError as error:
        text = str(error).replace(f"DATA={new}", str(new))
        for path in ours:
            text = text.replace(str(path), str(new))
        raise ProjectError(text) from None


def _columns(path: Path) -> list[str]:
    if not path.exists():
        raise ProjectError(f"{path}: not found; run: make pipeline")
    if ending(path) == ".parquet":
        return list(pq.read_schema(path).names)
    return list(pd.read_csv(path, nrows=0, encoding="utf-8-sig").columns)


def _last_number(path: Path, name: str) -> int:
    return int(_texts(path, name).astype(int).max())


def _texts(path: Path, name: str) -> "pd.Series[str]":
    """A column as texts."""
    if ending(path) == ".parquet":
        texts: pd.Series[str] = pq.read_table(path, columns=[name]).to_pandas()[name].map(as_text)
        return texts
    return pd.read_csv(path, usecols=[name], dtype="str", keep_default_na=False, encoding="utf-8-sig")[name]


def _new_ids(old: "pd.Series[str]", new: "pd.Series[str]", name: str, source: Path) -> None:
    known = new[new.isin(old)]
    if len(known):
        shown = ", ".join(known[:3]) + (", …" if len(known) > 3 else "")
        raise ProjectError(
            f"{source}: the {name} of {len(known)} rows is in data/ already ({shown}); leave these rows out, or "
            "replace all data by a whole file: without APPEND=1"
        )


def _same_columns(old: list[str], new: list[str], source: Path) -> None:
    for problem, names in (("lacks", set(old) - set(new)), ("adds", set(new) - set(old))):
        if names:
            raise ProjectError(
                f"{source}: {problem} the column {min(names)}; new rows must have the same columns as data/"
            )
