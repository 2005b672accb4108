"""`make retrain`: new rows with their truth become a branch whose pull request trains a model on them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import ValidationError

from harness.core.errors import ProjectError
from harness.core.files import write_bytes
from harness.core.paths import DATA_DVC, STORE
from harness.core.shell import dvc, git, git_succeeds
from harness.monitor.advice import retrain_command
from harness.monitor.findings import Look
from harness.monitor.labelled_rows import write_labelled_rows
from harness.monitor.run import OUT
from harness.project.data import take_rows
from harness.project.store import fetch_data, is_embedded, note_fetched
from harness.project.transfer import push_data
from harness.report.escape import cut_comment, text
from harness.serve.settings import values_are_hidden

BY_HAND = "somebody asked for it"


def retrain(file: Path | None, log: str, truth: str, in_git: bool, out: Path = OUT) -> None:
    """Append new rows as `make data` does, commit that on the branch retrain/DATE, and write its evidence.

    The rows are a table, or those of a log with labels. Raises ProjectError if they would go into git unasked, if the
    data have uncommitted changes, if the schema refuses the rows, or if they cannot be pushed or committed; nothing is
    changed then, whatever it was that failed.
    """
    if file and (log or truth):
        raise ProjectError(f"FILE={file}: holds the new rows itself; leave out LOG= and TRUTH=, or FILE=")
    command = retrain_command(log, truth, str(file or ""))
    if not file and not (log and truth):
        raise ProjectError(f"give LOG and TRUTH, or FILE alone; run: {command}")
    branch = f"retrain/{datetime.now(UTC):%Y-%m-%d}"
    _check(branch, in_git, command)
    fetch_data()
    start = git("branch", "--show-current").strip()
    with _all_or_nothing(branch):
        why = _commit_rows(branch, file, log, truth, out)
    print(f"{branch}: committed; {out / 'retrain.md'} says why ({why})")
    print(f"you are on this branch now; back: git switch {start or '--detach HEAD^'}")
    print(
        f"next: make report BASE={start or 'HEAD^'} (trains on the new rows and judges the model), then "
        f"git push --set-upstream origin {branch}, and open a pull request"
    )


@contextmanager
def _all_or_nothing(branch: str) -> Iterator[None]:
    """If anything fails, the data, data.dvc and the branch are as before."""
    before, start = DATA_DVC.read_bytes(), git("branch", "--show-current").strip()
    back = [start] if start else ["--detach", git("rev-parse", "HEAD").strip()]
    try:
        yield
    except BaseException:
        git("reset", "--quiet", "--", str(DATA_DVC), str(STORE))
        if DATA_DVC.read_bytes() != before:
            DATA_DVC.write_bytes(before)
            dvc("checkout", "--force", str(DATA_DVC))
            note_fetched()
        git("clean", "--quiet", "--force", "-d", "--", str(STORE))  # which held nothing that git did not know
        if git_succeeds("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}"):
            git("switch", "--quiet", *back)
            git("branch", "--quiet", "--delete", "--force", branch)
        raise


def _commit_rows(branch: str, file: Path | None, log: str, truth: str, out: Path) -> str:
    """Why a model is due."""
    before = DATA_DVC.read_bytes()
    with TemporaryDirectory() as folder:
        new = file or Path(folder) / "rows.csv"
        if file is None:
            print(f"{write_labelled_rows(log, truth, new)} rows of {log} have a label")
        try:
            take_rows(new, append=True)
        except ProjectError:
            if not values_are_hidden():
                raise
            raise ProjectError("the new rows are refused; make retrain without HIDE_VALUES=1 shows why") from None
    if DATA_DVC.read_bytes() == before:
        raise ProjectError(f"{DATA_DVC}: the new rows change nothing")
    if not is_embedded():
        push_data()  # or nobody could train on them
    git("switch", "--quiet", "--create", branch)
    git("add", "--", str(DATA_DVC), *([str(STORE)] if is_embedded() else []))
    git("commit", "--quiet", "--no-verify", "-m", "Add the rows since the last model", "--only", "--", *_changed())
    why, page = _evidence(out)
    body = f"Rows that came since the last model are added to the data: {text(why, 400)}.\n\n{page}"
    write_bytes(out / "retrain.md", cut_comment(body).encode())
    return why


def _check(branch: str, in_git: bool, command: str) -> None:
    if is_embedded() and not in_git:
        raise ProjectError(
            f"{DATA_DVC}: its rows are stored in git, and rows from production go there "
            f"only if you allow it: make remote URL=… first, or, in a private repository, {command}"
        )
    if git_succeeds("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}"):
        raise ProjectError(f"{branch}: this branch exists already; one retraining at a time")
    if not git_succeeds("var", "GIT_COMMITTER_IDENT"):
        raise ProjectError("git: does not know who commits; set user.name and user.email (git config)")
    if git("status", "--porcelain", "--", str(DATA_DVC), str(STORE)):
        raise ProjectError(f"{DATA_DVC}: has uncommitted changes; commit them first")


def _changed() -> list[str]:
    return git("diff", "--cached", "--name-only", "--relative", "--", str(DATA_DVC), str(STORE)).splitlines()


def _evidence(out: Path) -> tuple[str, str]:
    """Why a model is due, and the last look's page."""
    try:
        look = Look.model_validate_json((out / "monitor.json").read_bytes())
        page = (out / "monitor.md").read_text("utf-8")
    except (FileNotFoundError, ValidationError):
        return BY_HAND, ""
    return look.retrain or BY_HAND, page
