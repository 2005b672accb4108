"""The work tree's own results, reproduced before anything is compared with them."""

from pathlib import Path

from harness.core.errors import ProjectError
from harness.core.files import write_bytes
from harness.core.paths import RESULTS
from harness.core.shell import git, git_succeeds, try_program, watch_dvc
from harness.project.pipeline import results_kept
from harness.project.store import check_settings, check_store, fetch_data, verify_data
from harness.project.work_tree_state import check_any_commit


def reproduce_work_tree(revision: str | None) -> str:
    """Run what of the pipeline has changed; returns the commit to compare with, "" if `revision` is None.

    Raises ProjectError if the pipeline fails, or HEAD has no commit in common with `revision`.
    """
    if revision is not None:
        check_any_commit()
    fetch_data()
    check_settings(Path())  # whatever was fetched before
    check_store(Path())
    commit = "" if revision is None else merge_base(revision)
    with results_kept():
        if commit:
            _forget_results(commit)
        if watch_dvc("repro"):
            raise ProjectError("dvc repro: the pipeline of the work tree failed (see above), so nothing was compared")
    verify_data(Path())
    return commit


def merge_base(revision: str) -> str:
    """The commit where HEAD left a revision. Raises ProjectError if there is none, or the clone is too shallow."""
    try:
        return git("merge-base", "--end-of-options", revision, "HEAD")
    except ProjectError as error:
        raise ProjectError(
            f"BASE={' '.join(revision.split())}: no common commit with HEAD ({error}){_hint(revision, str(error))}"
        ) from None


def _hint(revision: str, error: str) -> str:
    """What may help."""
    if "dubious ownership" in error:
        return "; another user owns it; if you trust it: git config --global --add safe.directory FOLDER"
    known = [name for name in ("main", "master", "trunk", "origin/main", "origin/master", "origin/trunk") if _is(name)]
    if known and revision not in known:
        return f"; this repository has {known[0]}: make report BASE={known[0]}"
    return f"; fetch it first: git fetch origin {revision}" if "HEAD" not in revision else ""


def _is(revision: str) -> bool:
    return git_succeeds("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")


def _forget_results(commit: str) -> None:
    """Start from the base's recorded results: a pull request's may be edited by hand, and DVC would believe them."""
    for path in RESULTS:
        found = try_program("git", "show", f"{commit}:./{path}")
        if found.returncode == 0:
            write_bytes(path, found.stdout.encode())
        else:
            path.unlink(missing_ok=True)
