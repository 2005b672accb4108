"""Command behind `make data`: a new table takes the place of the data or adds its rows, once it is known to be good."""

import shlex
import shutil
import tempfile
from pathlib import Path

import pandera.pandas as pandera

from harness.core.errors import ProjectError
from harness.core.files import replacing
from harness.core.loader import load_schema
from harness.core.params import Params, load_params
from harness.core.paths import DATA_DVC
from harness.core.shell import dvc
from harness.data.roles import build_contract
from harness.data.table import find_classes, read_table
from harness.data.validation import validate
from harness.project.store import LARGE, fetch_data, is_embedded, note_fetched
from harness.project.transfer import push_data, push_or_tell
from harness.tables.new_rows import append_rows, copies_of_old_rows, named_as_given, write_as_data


def update_data(new: Path, append: bool) -> None:
    """Replace the data, or add rows, and say what to do next. Raises ProjectError as `take_rows` does."""
    left = take_rows(new, append)
    print(f"next: {left}make pipeline, then git add --all and commit")


def take_rows(new: Path, append: bool) -> str:
    """Replace the data by a table, or add its rows; returns what is left to type if they could not be pushed.

    Raises ProjectError if `preprocess` would refuse the table; then nothing is changed.
    """
    fetch_data()
    params, schema = load_params(), load_schema().to_schema()
    path = Path(params.data.path)
    if path.parent in new.parents and new != path:
        raise ProjectError(f"FILE={new}: must be outside {path.parent}/, because DVC stores everything in that folder")
    if not new.is_file():
        raise ProjectError(f"FILE={new}: not found")
    with tempfile.TemporaryDirectory() as folder:
        ready, candidate = Path(folder) / f"ready{path.suffix}", Path(folder) / path.name
        with named_as_given(new, ready, candidate):
            note = write_as_data(new, path, ready, schema, append)
            append_rows(path, ready, candidate, schema) if append else shutil.copyfile(ready, candidate)
            rows, repeated = _check(candidate, params, schema)
            alike = copies_of_old_rows(path, ready, schema) if append else 0
        before, after = path.stat().st_size if path.exists() else 0, candidate.stat().st_size
        _install(candidate, path)
    twice = f" ({repeated} of them exact duplicates, which preprocess drops)" if repeated else ""
    print(f"{note}{path}: {rows} rows{twice}, {after:,} bytes (before: {before:,})")
    if before and not append:
        again = f"git restore {DATA_DVC} && make data FILE={shlex.quote(str(new))} APPEND=1"
        print(f"note: all rows were replaced; to add to the old ones instead: {again}")
    if alike:
        print(f"note: {alike} new rows are like old ones, apart from id, group and time: check whether they are copies")
    if after > LARGE and is_embedded():
        print(f"note: {after:,} bytes are a lot for git; to move the data to a DVC remote: make remote URL=…")
    return "" if is_embedded() else push_or_tell()


def _check(candidate: Path, params: Params, schema: pandera.DataFrameSchema) -> tuple[int, int]:
    """Number of rows and of exact duplicates. Raises ProjectError if `preprocess` would refuse the table."""
    frame = read_table(candidate, schema)
    unique = frame.drop_duplicates()
    valid = validate(unique, schema, candidate)
    find_classes(valid[build_contract(schema, params.task.type).target], params.task, candidate)
    return len(frame), len(frame) - len(unique)


def _install(candidate: Path, path: Path) -> None:
    """Take the new file in; if DVC fails, the old one comes back."""
    kept = candidate.with_name("before")
    description = DATA_DVC.read_bytes()
    if path.exists():
        shutil.copyfile(path, kept)
    try:
        with replacing(path) as temporary:
            shutil.copyfile(candidate, temporary)
        dvc("add", str(Path("data")))
        if is_embedded():
            push_data()
        note_fetched()
    except BaseException:
        DATA_DVC.write_bytes(description)
        if kept.exists():
            shutil.copyfile(kept, path)
        raise
