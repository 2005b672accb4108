"""The base of a comparison: checked out beside the work tree and reproduced there, never read from committed files."""

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from harness.bootstrap import PROGRAMS
from harness.compare.kept_base import keep_base, place_kept
from harness.core.errors import ProjectError
from harness.core.paths import METRICS_PATH, MODEL_PATH, PARAMS_PATH, PIPELINE_LOCK
from harness.core.shell import git, git_succeeds, try_program
from harness.inference.predictor import Predictor
from harness.project.dvc_config import DVC_LOCAL, cache_folder, read_config, remote_urls, write_config
from harness.project.optional_groups import optional_locks
from harness.project.store import lend_data, pull_data

REFUSED_BASE = "refused"  # file of a record: why what was published is not to be believed
NO_HOOKS = ("-c", "core.hooksPath=/dev/null")  # `dvc install` adds one that fails in a new work tree
State = Literal["reproduced", "first run", "failed"]


@dataclass(frozen=True)
class Base:
    """A commit, and the folder in which its pipeline was (or could not be) reproduced."""

    commit: str | None  # None: there is none to compare with
    folder: Path
    state: State
    reason: str = ""
    published: bool = False


@contextmanager
def reproduced(commit: str) -> Iterator[Base]:
    """Check the commit out into a git worktree and run its stages there, on this work tree's DVC cache."""
    with _checked_out(commit) as folder:
        yield _reproduce(commit, folder)


@contextmanager
def published(record: Path) -> Iterator[Base]:
    """The last published model at its commit: `record` holds it, its metrics, and the commit, empty if there is none.

    Only `preprocess` runs again there: it tells the rows that the model was trained on. Raises ProjectError if the
    record names no commit.
    """
    try:
        commit = (record / "commit").read_text("utf-8").strip()
    except FileNotFoundError:
        raise ProjectError(f"{record / 'commit'}: not found") from None
    if not commit:
        yield Base(None, record, "first run", "no model has been published yet", published=True)
    elif not re.fullmatch("[0-9a-f]{40}", commit):
        raise ProjectError(f"{record / 'commit'}: must be a commit of 40 digits, got {commit[:80]!r}")
    elif (record / REFUSED_BASE).exists():
        yield Base(None, record, "failed", (record / REFUSED_BASE).read_text("utf-8").strip()[:1500], published=True)
    elif not git_succeeds("merge-base", "--is-ancestor", commit, "HEAD"):
        reason = f"the model was last published from {commit}, which is not in this branch's history"
        yield Base(None, record, "failed", reason, published=True)
    else:
        with _checked_out(commit) as folder:
            yield replace(_restore(commit, folder, record), published=True)


@contextmanager
def prepared_at(commit: str) -> Iterator[Base]:
    """Check the commit out and run `preprocess` alone there: it shows which rows its model was trained on."""
    with _checked_out(commit) as folder:
        yield _prepare(commit, folder)


@contextmanager
def _checked_out(commit: str) -> Iterator[Path]:
    """The project's folder in a git work tree of the commit."""
    prefix = git("rev-parse", "--show-prefix")  # a project need not lie at the root of its repository
    with tempfile.TemporaryDirectory() as parent:
        tree = Path(parent) / "base"
        try:
            git(*NO_HOOKS, "worktree", "add", "--quiet", "--detach", str(tree), commit)
            (tree / prefix).mkdir(parents=True, exist_ok=True)
            yield tree / prefix
        finally:
            try_program("git", "worktree", "remove", "--force", str(tree))
            try_program("git", "worktree", "prune")


def _restore(commit: str, folder: Path, record: Path) -> Base:
    """Put what was published where its stages would: a training would not give the same bytes on every machine."""
    made = _prepare(commit, folder)
    try:
        Predictor(record / MODEL_PATH.name)
    except ProjectError as error:
        return replace(made, state="failed", reason=f"the published model cannot be read: {error}")
    for source, target in ((record / MODEL_PATH.name, MODEL_PATH), (record / METRICS_PATH.name, METRICS_PATH)):
        if source.exists():
            (folder / target).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, folder / target)
    return made


def _prepare(commit: str, folder: Path) -> Base:
    (folder / "dvc.lock").unlink(missing_ok=True)  # it came from a pull request, and DVC would believe it
    return _reproduce(commit, folder, "preprocess")


def _reproduce(commit: str, folder: Path, *stages: str) -> Base:
    """Run the stages, all unless some are named."""
    if not all((folder / name).exists() for name in ("dvc.yaml", "data.dvc", PARAMS_PATH)):
        return Base(commit, folder, "first run", "the base has no pipeline yet")
    root = Path.cwd()
    cache = Path(cache_folder(root))
    alike = _installed(folder) <= _installed(root)  # otherwise it needs an environment of its own for further trainings
    if not stages and alike and place_kept(commit, folder, cache):
        return Base(commit, folder, "reproduced")
    _lend_settings(root, folder)
    environment, note = _environment(folder, root)
    try:
        if not lend_data(root, folder):
            pull_data(folder, environment)
    except ProjectError as error:
        return Base(commit, folder, "failed", str(error)[:1500])
    done = try_program("dvc", "repro", *stages, folder=folder, environment=environment)
    if done.returncode:
        lines = [line for line in (done.stderr + done.stdout).splitlines() if line.lower().startswith("error")]
        return Base(commit, folder, "failed", "; ".join(lines)[:1500] or f"dvc repro {' '.join(stages)} failed")
    if not stages and not (folder / MODEL_PATH).exists():
        return Base(commit, folder, "first run", f"the base's pipeline makes no {MODEL_PATH}")
    if not stages and alike:
        keep_base(commit, folder, cache)
    return Base(commit, folder, "reproduced", note)


def _lend_settings(root: Path, folder: Path) -> None:
    """DVC's own settings of this machine, the credentials of a remote among them, and this clone's cache."""
    settings = read_config(root / DVC_LOCAL)
    for name, url in remote_urls(root).items():  # at a commit from before the move DVC refuses a remote without one
        if name in settings:
            settings[name].setdefault("url", url)
    settings.setdefault("cache", {})["dir"] = cache_folder(root)  # wherever that is set
    if git_succeeds("config", "--local", "core.worktree", folder=root):  # of a submodule DVC mistakes the root
        settings.setdefault("core", {})["no_scm"] = "true"
    if not (folder / DVC_LOCAL).exists():  # one that the base tracks is refused, and not written over
        write_config(folder / DVC_LOCAL, settings)


def _installed(folder: Path) -> set[bytes]:
    """The locks of what a folder's environment holds, as far as a model is made of it."""
    return {lock.read_bytes() for lock in [folder / PIPELINE_LOCK, *optional_locks(folder)]}


def _environment(folder: Path, root: Path) -> tuple[dict[str, str], str]:
    """The base runs with its own packages: this environment if it holds them, else one of its own; and a note."""
    binaries, note = Path(sys.prefix) / PROGRAMS, ""
    if not _installed(folder) <= _installed(root):
        print("the base has other packages: building its environment …", flush=True)
        if try_program("make", "setup", folder=folder).returncode == 0:
            binaries = folder / ".venv" / PROGRAMS
        else:
            note = "the base's own packages cannot be installed: it was reproduced with the packages of this branch"
    return {"PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}"}, note
