"""Score a folder of Parquet files, here or by a cluster: a file of predictions for each, the same bytes either way."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from os import getpid
from pathlib import Path
from socket import gethostname
from tempfile import TemporaryDirectory

from harness.batch.read import open_table
from harness.batch.score import score_file
from harness.core.cluster import connected, spread_over
from harness.core.errors import ProjectError
from harness.core.files import ending, file_hash


@dataclass(frozen=True)
class FileToScore:
    """What one call needs to know; paths are those of a file system that all workers see."""

    source: Path
    target: Path
    model: Path
    model_sha256: str
    keep: str | None
    rows: int
    threads: int

    def __str__(self) -> str:
        return str(self.source)


def score_folder(
    source: Path, target: Path, model: Path, dask: str | None, keep: str | None, rows: int, threads: int = 1
) -> None:
    """A file of the target folder for each Parquet file of the source, and its rejected rows beside it.

    The folder appears when all of it is there. Raises ProjectError, and writes nothing, if a file cannot be scored.
    """
    seen = (path for path in source.iterdir() if ending(path) == ".parquet")  # a hidden one: half a download
    files = sorted((path for path in seen if not path.name.startswith(".")), key=lambda path: (path.stem, path.name))
    if not files:
        raise ProjectError(f"{source}: holds no .parquet file")
    for first, second in pairwise(files):
        if first.stem == second.stem:  # as a.parquet and a.PARQUET, whose rejected rows would have one name
            raise ProjectError(f"{second}: {first.name} has the same name; rename one of them")
    _check_alike(files)
    with _folder_of(target) as made:
        digest = file_hash(model) if model.exists() else ""
        work = [
            FileToScore(path.absolute(), (made / path.name).absolute(), model.absolute(), digest, keep, rows, threads)
            for path in files
        ]
        if dask is None:
            for one in work:
                print(score_one(one), flush=True)
        else:
            with connected(dask) as client:
                for told in spread_over(client, dask, score_one, work):
                    print(told, flush=True)
    print(f"{target}: {len(files)} files")


def score_one(given: FileToScore) -> str:
    """What came of it, on whichever machine. Raises ProjectError if the file is bad, or the model another one."""
    if not given.target.parent.is_dir():
        raise ProjectError(
            f"{given.target.parent}: this worker does not see it; all workers must see the folders IN and OUT"
        )
    if file_hash(given.model) != given.model_sha256:
        raise ProjectError(f"{given.model}: this worker has another model than the machine that called")
    with TemporaryDirectory() as folder:  # whoever is late must not bring back a target that was given up
        file = Path(folder) / given.target.name
        told = score_file(given.source, file, given.model, given.keep, given.rows, given.threads)
        for made in sorted(Path(folder).iterdir()):
            target = given.target.with_name(made.name)
            partial = target.with_name(f".{made.name}.{gethostname()}.{getpid()}.tmp")
            shutil.copyfile(made, partial)
            partial.replace(target)
    return "\n".join(told).replace(f"{folder}/", "")


def _check_alike(files: list[Path]) -> None:
    """Raises ProjectError naming the first file that cannot be read, or has other columns or types than the first."""
    first = open_table(files[0]).schema
    for path in files[1:]:
        other = open_table(path).schema
        for name in dict.fromkeys([*first.names, *other.names]):
            kinds = [part.field(name).type if name in part.names else "absent" for part in (first, other)]
            if kinds[0] != kinds[1]:
                raise ProjectError(f"{path}: the column {name} is {kinds[1]}, in {files[0].name} it is {kinds[0]}")


@contextmanager
def _folder_of(target: Path) -> Iterator[Path]:
    """A folder beside the target, which takes its place if the block succeeds, and is removed if not."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ProjectError(f"OUT={target}: is not empty; name a new folder, or an empty one")
    if not target.absolute().parent.is_dir():
        raise ProjectError(f"{target}: no such folder: {target.parent}")
    made = target.with_name(f".{target.name}.{getpid()}.tmp")
    made.mkdir()
    try:
        yield made
        for left in made.glob(".*.tmp"):  # of workers that died
            left.unlink()
        made.replace(target)
    finally:
        shutil.rmtree(made, ignore_errors=True)
