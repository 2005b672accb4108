"""Which commit a work tree is of, and what it holds besides."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from harness.core.errors import ProjectError
from harness.core.files import file_hash
from harness.core.paths import RESULTS
from harness.core.shell import git, git_succeeds

DATA = Path("data")
MOST_HASHED = 10_000_000  # bytes
# Where a new file matters before git has it; elsewhere lie scores, notebooks and the like.
NEW_FILES = ("*.dvc", "dvc.yaml", "params.yaml", "harness", "requirements", "src", "tests")


def is_repository() -> bool:
    """Whether there is a commit at all: a report can be read anywhere."""
    return git_succeeds("rev-parse", "--verify", "--quiet", "HEAD")


def check_any_commit() -> None:
    """Raises ProjectError if git knows the folder, but nothing is committed: there is nothing to compare with."""
    if git_succeeds("rev-parse", "--git-dir") and not is_repository():
        raise ProjectError("nothing is committed yet, so there is nothing to compare with: git add --all, git commit")


def head() -> str:
    """The commit that is checked out."""
    return git("rev-parse", "HEAD")


def has_changes() -> bool:
    """Whether anything differs from the commit, apart from the results, which every run writes."""
    return bool(git("status", "--porcelain", "--", ".", *(f":(exclude){path}" for path in RESULTS)))


def fingerprint() -> str:
    """SHA-256 of what is judged: the files in git without the results, and NEW_FILES; a commit changes nothing.

    Large files count by their size alone.
    """
    known = git("ls-files", "-z", "--cached").split("\0")
    new = git("ls-files", "-z", "--others", "--exclude-standard", "--", *NEW_FILES).split("\0")
    paths = {Path(name) for name in [*filter(None, known), *(name for name in new if name and "/." not in name)]}
    return _digest(
        (path, path.stat().st_size if path.stat().st_size > MOST_HASHED else file_hash(path))
        for path in sorted(paths - set(RESULTS))
        if path.is_file()
    )


def with_data(files: str) -> str:
    """SHA-256 of a fingerprint and of the sizes in data/, which DVC has: they are there once the pipeline has run."""
    found = (path for path in sorted(DATA.rglob("*")) if path.is_file())
    return _digest([(Path(), files), *((path, path.stat().st_size) for path in found)])


def _digest(parts: Iterable[tuple[Path, str | int]]) -> str:
    total = hashlib.sha256()
    for path, content in parts:
        total.update(f"{path.as_posix()}\0{content}\0".encode(errors="surrogateescape"))
    return total.hexdigest()
