"""A stranger's table takes the place of the worked example: all of it, or nothing."""

import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from harness.adopt.draft import Draft, make_draft
from harness.adopt.infer import infer
from harness.adopt.install import install, removed, show_changes
from harness.adopt.plan import Wishes
from harness.adopt.resolve import resolve
from harness.adopt.summary import print_summary
from harness.core.errors import ProjectError
from harness.core.paths import DATA_DVC, SCHEMA_PATH
from harness.core.shell import git, git_succeeds, try_program
from harness.project.address import read_address
from harness.project.remote import move_remote
from harness.project.store import LARGE, is_embedded
from harness.project.transfer import push_or_tell
from harness.tables.source import sniff
from harness.tables.staging import Staged, stage


def adopt_table(
    data: str,
    target: str,
    *,
    id: str = "",  # noqa: A002  (the option's name)
    task: str = "",
    positive: str = "",
    time: str = "",
    group: str = "",
    slices: Sequence[str] = (),
    drop: Sequence[str] = (),
    keep: Sequence[str] = (),
    missing: Sequence[str] = (),
    encoding: str = "",
    sheet: str = "",
    remote: str = "",
    endpoint: str = "",
    region: str = "",
    profile: str = "",
    dry_run: bool = False,
) -> None:
    """Read the table, decide, try it out, say what was decided, and put it into the project's place.

    What is empty is found out. Raises ProjectError, and changes nothing, if an option or the table does not fit.
    """
    for option, value in (("DATA", data), ("TARGET", target)):
        if not value:
            raise ProjectError(f"{option} is missing; run: make adopt DATA=table.csv TARGET=column")
    wishes = Wishes(target, id, task, positive, time, group, tuple(slices), tuple(drop), tuple(keep), tuple(missing))
    place = (remote, endpoint, region, profile)
    if any(place):
        read_address(*place, option="REMOTE")  # before a large table is read
    path = Path(data).expanduser()
    _check_tree(path, dry_run)
    source = sniff(path, encoding, sheet)
    wishes = resolve(wishes, source.header)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        print(f"reading {path} …", flush=True)
        rows = stage(source, folder / "staged.parquet")
        print(f"looking at {rows:,} rows of {len(source.header):,} columns …", flush=True)
        table = Staged(folder / "staged.parquet", source.header, source.delimiter)
        plan = infer(table, wishes)
        print("trying it out …", flush=True)
        draft = make_draft(table, plan, source, folder)
        print_summary(draft, source, moved=bool(remote))
        if dry_run:
            show_changes(draft)
            return
        install(draft, removed(), partial(move_remote, *place) if remote else None)
        print(_next(draft, moved=bool(remote)))


def _check_tree(path: Path, dry_run: bool) -> None:
    """Uncommitted changes could not be told apart from those of this command, and might be lost."""
    if Path("data").resolve() in path.resolve().parents:
        raise ProjectError(f"DATA={path}: must be outside data/, because make adopt replaces that folder")
    if Path.cwd() in path.resolve().parents and not git_succeeds("check-ignore", "--quiet", str(path)):
        raise ProjectError(f"DATA={path}: lies in the repository, so the next commit would contain it; move it out")
    if dry_run:
        return
    changed = git("status", "--porcelain").splitlines()
    if changed:
        shown = ", ".join(line[3:] for line in changed[:5])
        raise ProjectError(f"the work tree has changes ({shown}); commit or stash them first")
    if Path("data").exists():
        status = try_program("dvc", "status", str(DATA_DVC)).stdout
        if "modified" in status or "changed" in status:
            raise ProjectError("data/ has changes that data.dvc does not know; to undo them: dvc checkout data.dvc")


def _next(draft: Draft, moved: bool) -> str:
    if moved:  # whose own line says what to commit
        return f"before that: look through {SCHEMA_PATH}, then: make pipeline"
    lines = [f"next: on a branch, look through {SCHEMA_PATH}, then: make pipeline, git add --all, git commit"]
    if not is_embedded():
        if left := push_or_tell():
            lines.append(f"before anybody pulls: {left.rstrip(', ')}")
    elif not draft.small:
        size = draft.data.stat().st_size
        lines.append(
            f"{size:,} bytes are too much for the repository (more than {LARGE:,}), so only this machine has the"
        )
        lines.append(
            "data: before others (or CI) clone, make remote URL=s3://bucket/path (another time: REMOTE=s3://… here)"
        )
    return "\n".join(lines)
