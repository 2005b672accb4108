"""Which commit a work tree is of, and whether it holds more than that."""

from harness.core.paths import RESULTS
from harness.core.shell import git, git_succeeds


def is_repository() -> bool:
    """Whether there is a commit at all: a report can be read anywhere."""
    return git_succeeds("rev-parse", "--verify", "--quiet", "HEAD")


def head() -> str:
    """The commit that is checked out."""
    return git("rev-parse", "HEAD")


def has_changes() -> bool:
    """Whether anything differs from the commit, apart from the results, which every run writes."""
    return bool(git("status", "--porcelain", "--", ".", *(f":(exclude){path}" for path in RESULTS)))
