"""The pipeline as `make pipeline` runs it: what failed leaves the last good results, a hand edit of data/ is pushed."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.core.loader import find_file
from harness.core.params import read_yaml
from harness.core.paths import DATA_DVC, DVC_LOCK, DVC_TMP, METRICS_PATH, PARAMS_PATH, RESULTS
from harness.core.shell import try_program, watch_dvc
from harness.project.conflicts import MAIN_RECORDS
from harness.project.dvc_config import remote_url
from harness.project.neutral_hooks import leave_out_example_features
from harness.project.store import fetch_data
from harness.project.transfer import push_or_tell

KEPT = (DATA_DVC, DVC_LOCK, METRICS_PATH)


def run_pipeline(scratch: str = "", stage: str | None = None) -> None:
    """Run the stages that a change touches.

    `scratch`: "1" uses no record and no cache of earlier results, "cached" uses only the cache. `stage` is the last
    that runs. Exits with DVC's code if a stage fails.
    """
    fetch_data()
    tell_strays()
    leave_out_example_features()
    read_yaml(PARAMS_PATH)  # DVC's own error names a line after the mistake
    with results_kept():
        if scratch:
            DVC_LOCK.unlink(missing_ok=True)
        options = ("--force", "--no-run-cache") if scratch == "1" else ()
        if status := watch_dvc("repro", *options, *([stage] if stage else [])):
            print("note: the first line above with error or ERROR says why; the last results stay", file=sys.stderr)
            sys.exit(status)
    if DATA_DVC.read_bytes() != (DVC_TMP / DATA_DVC.name).read_bytes():
        # `dvc repro` takes a hand edit of data/ for the new data; without its objects there nobody could clone.
        print(f"data/ was edited: its new state goes to {remote_url()}; commit it with data.dvc")
        if left := push_or_tell():
            print(f"next: {left}commit")
    tell_results()


def tell_results() -> None:
    """What to do about results that git sees as changed: nothing."""
    if try_program("git", "status", "--porcelain", "--", *map(str, RESULTS)).stdout:
        print(f"note: {DVC_LOCK} and {METRICS_PATH.name} may be committed or not: {MAIN_RECORDS}")


def tell_strays() -> None:
    """Name the Python files in harness/ that git does not know: DVC takes them for code of a stage's package."""
    listed = try_program("git", "ls-files", "-z", "--others", "--exclude-standard", "--", "harness/*.py").stdout
    for name in filter(None, listed.split("\0")):
        print(f"{name}: not in git, but DVC counts it as code: the stages that depend on {Path(name).parent} run")


@contextmanager
def results_kept() -> Iterator[None]:
    """Whatever ends the block early, the results from before come back: DVC removes a stage's before it runs it."""
    find_file("schema")  # DVC's own error does not say what it is
    for path in KEPT:
        (DVC_TMP / path.name).unlink(missing_ok=True)
        if path.exists():
            shutil.copy2(path, DVC_TMP / path.name)
    try:
        yield
    except BaseException:
        _restore()
        raise


def _restore() -> None:
    for path in (DATA_DVC, DVC_LOCK):
        _take_back(path.name, path)
    stages = try_program("dvc", "stage", "list", "--name-only").stdout.split()
    try_program("dvc", "checkout", "--quiet", *stages)
    if not METRICS_PATH.exists():
        _take_back(METRICS_PATH.name, METRICS_PATH)


def _take_back(name: str, path: Path) -> None:
    kept = DVC_TMP / name
    if kept.exists():
        shutil.copy2(kept, path)
