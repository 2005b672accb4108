"""The base of a comparison: checked out beside the work tree and reproduced there, never read from committed files."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from src.errors import ProjectError
from src.params import MODEL, PARAMS, PIPELINE_LOCK

State = Literal["reproduced", "first run", "failed"]


@dataclass(frozen=True)
class Base:
    """A commit, and the folder in which its pipeline was (or could not be) reproduced."""

    commit: str
    folder: Path
    state: State
    reason: str = ""


def git(*arguments: str, folder: Path | None = None) -> str:
    """Output of a git command. Raises ProjectError with git's first line if it fails."""
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ProjectError(f"git {arguments[0]}: {(done.stderr.strip() or 'failed').splitlines()[0]}")
    return done.stdout.rstrip("\n")


def merge_base(revision: str) -> str:
    """The commit where HEAD left a revision. Raises ProjectError if there is none, or the clone is too shallow."""
    try:
        return git("merge-base", revision, "HEAD")
    except ProjectError as error:
        hint = f"; fetch it first: git fetch origin {revision}" if "HEAD" not in revision else ""
        raise ProjectError(f"BASE={revision}: no common commit with HEAD ({error}){hint}") from None


@contextmanager
def reproduced(commit: str) -> Iterator[Base]:
    """Check the commit out into a git worktree and run its stages there, on this work tree's DVC cache."""
    root = Path.cwd()
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "base"
        git("worktree", "add", "--quiet", "--detach", str(folder), commit)
        try:
            yield _reproduce(commit, folder, root)
        finally:
            git("worktree", "remove", "--force", str(folder))


def _reproduce(commit: str, folder: Path, root: Path) -> Base:
    if not all((folder / name).exists() for name in ("dvc.yaml", "data.dvc", PARAMS)):
        return Base(commit, folder, "first run", "the base has no pipeline yet")
    (folder / ".dvc/config.local").write_text(f"[cache]\n    dir = {root / '.dvc/cache'}\n", "utf-8")
    environment, note = _environment(folder, root)
    for command in (["dvc", "pull", "--quiet", "data.dvc"], ["dvc", "repro"]):
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            lines = [line for line in (done.stderr + done.stdout).splitlines() if line.lower().startswith("error")]
            return Base(commit, folder, "failed", "; ".join(lines)[:1500] or f"{' '.join(command)} failed")
    if not (folder / MODEL).exists():
        return Base(commit, folder, "first run", f"the base's pipeline makes no {MODEL}")
    return Base(commit, folder, "reproduced", note)


def _environment(folder: Path, root: Path) -> tuple[dict[str, str], str]:
    """The base runs with its own packages: this environment if the locks are equal, else one of its own; and a note."""
    binaries, note = Path(sys.prefix) / "bin", ""
    if (folder / PIPELINE_LOCK).read_bytes() != (root / PIPELINE_LOCK).read_bytes():
        print("the base has other packages: building its environment …", flush=True)
        done = subprocess.run(["make", "setup"], cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            binaries = folder / ".venv/bin"
        else:
            note = "the base's own packages cannot be installed: it was reproduced with the packages of this branch"
    return {**os.environ, "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}"}, note
