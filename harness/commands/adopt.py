"""Make it yours: DATA=table.csv TARGET=column [ID= TASK= POSITIVE= TIME= GROUP= SLICES= DROP= KEEP= DRY_RUN=1]."""

import argparse
import difflib
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.adopt.column_facts import Staged
from harness.adopt.draft import Draft, make_draft
from harness.adopt.infer import infer, resolve
from harness.adopt.plan import Wishes
from harness.adopt.tell import tell
from harness.adopt.undo import replaced
from harness.core.command import exit_at_once, run
from harness.core.errors import ProjectError
from harness.core.options import flag
from harness.core.paths import DATA_DVC, EXAMPLE_TEST, STORE
from harness.core.shell import dvc, git
from harness.data.roles import SCHEMA
from harness.project.store import LARGE, is_embedded, note_fetched
from harness.tables.source import sniff
from harness.tables.staging import stage

KEYS = ("DATA", "TARGET", "ID", "TASK", "POSITIVE", "TIME", "GROUP", "SLICES", "DROP", "KEEP", "DRY_RUN")
HELP = """\
  DATA      the table: CSV, TSV, Parquet or JSON Lines (encoding and delimiter are found)
  TARGET    the column to predict
What is not given is found out:
  ID        the column that names rows
  TASK      binary, multiclass or regression
  POSITIVE  binary: the label that counts as positive
  TIME      the column that says when a row was; the latest rows are the test
  GROUP     the column that names the entity of several rows, which stay on one side of the split
  SLICES    a,b: columns for each of whose values metrics are given too
            (none in place of ID, TIME or GROUP: there is none)
  DROP      a,b: columns to leave out, of data/ too
  KEEP      a,b: columns to take in, whatever they look like
  DRY_RUN   1: change nothing, show the diff"""
RESULTS = (Path("dvc.lock"), Path("artifacts"))


def adopt(path: Path, wishes: Wishes, dry_run: bool) -> None:
    _check_tree(path, dry_run)
    source = sniff(path)
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
        tell(draft, source)
        if dry_run:
            _show(draft)
            return
        with replaced([Path("data"), STORE, *RESULTS, *draft.texts, EXAMPLE_TEST]):
            _install(draft)
        print(_next(draft))


def _check_tree(path: Path, dry_run: bool) -> None:
    """What is not committed could not be told from what this command changes, and might be lost."""
    if Path("data").resolve() in path.resolve().parents:
        raise ProjectError(f"DATA={path}: must lie outside data/, all of which is replaced")
    if Path.cwd() in path.resolve().parents and not _is_ignored(path):
        raise ProjectError(f"DATA={path}: lies in the repository, where the next commit would take it in; move it out")
    if dry_run:
        return
    changed = git("status", "--porcelain").splitlines()
    if changed:
        shown = ", ".join(line[3:] for line in changed[:5])
        raise ProjectError(f"the work tree has changes ({shown}); commit or stash them first")
    if Path("data").exists():
        status = subprocess.run(["dvc", "status", str(DATA_DVC)], capture_output=True, text=True, check=False).stdout
        if "modified" in status or "changed" in status:
            raise ProjectError("data/ has changes that data.dvc does not know; first: dvc checkout data.dvc")


def _is_ignored(path: Path) -> bool:
    return subprocess.run(["git", "check-ignore", "--quiet", str(path)], check=False).returncode == 0


def _install(draft: Draft) -> None:
    """The new files, and DVC's record of the data."""
    Path("data").mkdir()
    shutil.copyfile(draft.data, Path("data") / draft.data.name)
    for path, text in draft.texts.items():
        path.write_text(text, "utf-8")
    dvc("add", "--quiet", "data")
    if is_embedded() and draft.small:
        dvc("push", "--quiet", str(DATA_DVC))
    note_fetched()


def _show(draft: Draft) -> None:
    for path, text in draft.texts.items():
        old = path.read_text("utf-8").splitlines() if path.exists() else []
        print("\n".join(difflib.unified_diff(old, text.splitlines(), f"a/{path}", f"b/{path}", lineterm="")))
    print(f"deleted: data/*, {STORE}/*, {', '.join(map(str, RESULTS))}, {EXAMPLE_TEST}")
    print(f"new: data/{draft.data.name} ({draft.data.stat().st_size:,} bytes)\nnothing was changed")


def _next(draft: Draft) -> str:
    lines = [f"look through {SCHEMA}, then: make pipeline, git add --all, git commit"]
    if not is_embedded():
        lines.append("the data is not at its remote yet: dvc push data.dvc")
    elif not draft.small:
        size = draft.data.stat().st_size
        lines.append(
            f"{size:,} bytes are too much for the repository (more than {LARGE:,}), so only this machine has the"
        )
        lines.append("data: before others (or CI) clone, make remote URL=s3://bucket/path (any DVC remote)")
    return "\n".join(f"next: {line}" if number == 0 else line for number, line in enumerate(lines))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = HELP
    for key in KEYS[:-1]:
        parser.add_argument(f"--{key.lower()}", default="", metavar="…")
    parser.add_argument("--dry-run", type=flag, nargs="?", const=True, default=False, help="change nothing")


def main(arguments: argparse.Namespace) -> None:
    given = [f"{key}={getattr(arguments, key.lower())}" for key in KEYS[:-1] if getattr(arguments, key.lower())]
    with exit_at_once():
        run(adopt_as_told, given, arguments.dry_run)


def adopt_as_told(settings: Sequence[str], dry_run: bool) -> None:
    given = dict(setting.partition("=")[::2] for setting in settings)
    for key in given:
        if key not in KEYS:
            raise ProjectError(f"{key}: no such setting; there are {', '.join(KEYS)}")
    if not given.get("DATA") or not given.get("TARGET"):
        raise ProjectError(
            f"{'TARGET' if given.get('DATA') else 'DATA'} is missing; call: make adopt DATA=table.csv TARGET=column"
        )
    single: dict[str, Any] = {key.lower(): given.get(key, "") for key in KEYS[1:7]}
    several: dict[str, Any] = {key.lower(): tuple(filter(None, given.get(key, "").split(","))) for key in KEYS[7:10]}
    dry = dry_run or given.get("DRY_RUN", "") not in {"", "0"}
    try:
        adopt(Path(given["DATA"]).expanduser(), Wishes(**single, **several), dry)
    except KeyboardInterrupt:
        raise ProjectError("stopped; everything is as before") from None
