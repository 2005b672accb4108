"""Whether the hashes in a lock are those of the files that the index has: who edits a version by hand forgets them."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from harness.core.errors import ProjectError
from harness.core.shell import try_program

BLOCK = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+).*\n((?: .*\n)*)", re.MULTILINE)
HASH = re.compile(r"--hash=(\S+)")
HASH_LINES = re.compile(r"(?: \\\n +--hash=\S+)+")


def without_hashes(lock: str) -> str:
    """Only the versions of a lock; uv asks the index for their hashes."""
    return HASH_LINES.sub("", lock)


def check_hashes(locks: Mapping[Path, str], asked: str) -> None:
    """Report committed hashes that the index does not know: it may serve only some of the files.

    `asked` is a lock of the same versions with the index's own hashes. Raises ProjectError if the index knows none of a
    package's hashes, or if neither it nor the last commit has a hash: then somebody wrote it by hand.
    """
    known = {(name, version): hashes for name, version, hashes in _packages(asked)}
    for path, text in locks.items():
        for name, version, hashes in _packages(text):
            ours = known.get((name, version), set())
            if ours and hashes.isdisjoint(ours):
                raise ProjectError(
                    f"{path}: no hash locked for {name} {version} belongs to a published file; undo the edit: "
                    f"git restore {path}; or, to keep this version, delete {name}'s lines and run: make lock"
                )
            if ours and not hashes <= ours:
                what = f"{path}: {len(hashes - ours)} of {len(hashes)} hashes of {name} {version}"
                _tell_strange(path, name, hashes - ours, f"{what} belong to no file that the index has")


def _tell_strange(path: Path, name: str, strange: set[str], what: str) -> None:
    committed = HASH.findall(try_program("git", "show", f"HEAD:./{path}").stdout)
    if not strange.issubset(committed):
        raise ProjectError(f"{what}, and were never committed; undo the edit: git restore {path}")
    cure = f"this is fine if the index serves only some files; otherwise delete {name}'s lines and run: make lock"
    print(f"note: {what}; {cure}")


def _packages(lock: str) -> Iterator[tuple[str, str, set[str]]]:
    for name, version, lines in BLOCK.findall(lock):
        yield name, version, set(HASH.findall(lines))
