"""The three locks of packages, with hashes, for every system; uv writes no address of an index unless it is told to."""

import shutil
import tempfile
from pathlib import Path

from harness.core.paths import LOCKS
from harness.core.shell import run_program

UV_OPTIONS = (
    "--quiet", "--universal", "--fork-strategy", "fewest", "--python-version", "3.11", "--generate-hashes",
    "--no-annotate", "--custom-compile-command", "make lock",
)  # fmt: skip


def renew_locks(upgrade: bool) -> None:
    """Compile each group on top of the one before; a lock that cannot be solved leaves all three as they were.

    Raises ProjectError with uv's reason.
    """
    with tempfile.TemporaryDirectory() as folder:
        below: list[str] = []
        for group, lock in LOCKS.items():
            print(lock, flush=True)
            made = Path(folder) / lock.name
            shutil.copyfile(lock, made)  # what is locked stays, where nothing asks for another version
            more = ("--upgrade",) if upgrade else ()
            command = ("uv", "pip", "compile", "pyproject.toml", "--group", group, *below, *more, *UV_OPTIONS)
            run_program(*command, "-o", str(made))
            below = ["--constraint", str(made)]
        for lock in LOCKS.values():
            shutil.copyfile(Path(folder) / lock.name, lock)
