"""Which commit a work tree is of, and what it holds besides."""

import hashlib
from pathlib import Path

from harness.core.errors import ProjectError
from harness.core.files import file_hash
from harness.core.paths import RESULTS
from harness.core.shell import git, git_succeeds

MOST_HASHED = 10_000_000  # bytes


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
    """SHA-256 of the files that git knows or would take, apart from the results: a commit of them changes nothing.

    Of what is neither in git nor ignored, a large file counts by its size alone.
    """
    known = set(git("ls-files", "-z", "--cached").split("\0"))
    others = set(git("ls-files", "-z", "--others", "--exclude-standard").split("\0"))
    total = hashlib.sha256()
    for name in sorted(filter(None, known | others)):
        path = Path(name)
        if path not in RESULTS and path.is_file() and not path.is_symlink():
            size = path.stat().st_size
            content = size if name in others and size > MOST_HASHED else file_hash(path)
            total.update(f"{name}\0{content}\0".encode())
    return total.hexdigest()
