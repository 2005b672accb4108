"""`make retrain`: rows of the log with their truth, on a branch of their own, never into git unasked."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from harness.core.errors import ProjectError
from harness.inference.predictor import Predictor
from harness.monitor import retraining
from tests.support.clone import Clone
from tests.support.tables import customers

ROWS = 60


@pytest.fixture
def logged(reproduced: Clone) -> Clone:
    """A project whose model has answered, and got labels for, some rows."""
    new = customers(ROWS, seed=3).drop(columns="name").assign(customer=np.arange(ROWS) + 90_000)
    version = Predictor(reproduced.folder / "artifacts/model/model.onnx").version
    records = json.loads(new.drop(columns=["customer", "churned"]).to_json(orient="records"))
    head = {"model": version, "row": 0, "scores": [0.4, 0.6]}
    lines = [
        json.dumps({**head, "time": f"2025-01-01T00:00:{number:02}Z", "request": f"r{number}", "columns": record})
        for number, record in enumerate(records)
    ]
    place = reproduced.folder.parent
    (place / "log.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    labels = new[["customer", "churned"]].assign(request_id=[f"r{number}" for number in range(ROWS)])
    labels.to_csv(place / "truth.csv", index=False)
    return reproduced


def retrain(clone: Clone, *more: str, check: bool = True, hide: bool = False) -> tuple[int, str]:
    place = clone.folder.parent
    source = [f"--log={place}/log.jsonl", f"--truth={place}/truth.csv"]
    command = ["env", f"HIDE_VALUES={int(hide)}", "python", "-m", "harness", "retrain", *source, *more]
    done = clone.run(*command, check=check)
    return done.returncode, done.stdout + done.stderr


def test_rows_of_production_do_not_go_into_git_unasked(logged: Clone) -> None:
    before = logged.run("git", "rev-parse", "HEAD").stdout
    code, said = retrain(logged, check=False)
    assert code == 1
    assert re.search(
        "data.dvc: its rows are stored in git, and rows from production go there only if you allow it: make "
        r"remote URL=… first, or, in a private repository, make retrain LOG=\S+/log.jsonl TRUTH=\S+/truth.csv "
        r"ROWS_IN_GIT=1\n",
        said,
    )
    assert (logged.run("git", "rev-parse", "HEAD").stdout, logged.status()) == (before, "")


def test_a_table_and_a_log_at_once_are_refused() -> None:
    with pytest.raises(ProjectError, match=r"FILE=new.csv: holds the new rows itself; leave out LOG= and TRUTH="):
        retraining.retrain(Path("new.csv"), "logs", "", in_git=False)


def test_what_was_left_out_is_said_at_once_with_all_that_is_needed() -> None:
    """First ROWS_IN_GIT=1 was asked for, and in the next try LOG and TRUTH."""
    told = r"^give LOG and TRUTH, or FILE alone; run: make retrain LOG=logs TRUTH=…( ROWS_IN_GIT=1)?$"
    with pytest.raises(ProjectError, match=told):
        retraining.retrain(None, "logs", "", in_git=False)


def test_labelled_rows_are_appended_and_committed_on_a_branch_with_the_evidence(logged: Clone) -> None:
    (logged.folder / "artifacts/monitor").mkdir(exist_ok=True)
    log, truth = logged.folder.parent / "log.jsonl", logged.folder.parent / "truth.csv"
    lines = log.read_text("utf-8").splitlines()
    log.write_text("\n".join([*lines, lines[0].replace("T00:00:00Z", "T09:00:00Z")]) + "\n", "utf-8")
    labels = pd.read_csv(truth)
    labels.assign(customer=[*labels["customer"][:-1], 5]).to_csv(truth, index=False)  # 5: the data have it
    _, said = retrain(logged, "--rows-in-git=1")
    assert "1 rows repeat a request_id that was answered before, and are left out" in said
    assert "1 rows are left out, because the data have their customer already" in said
    assert f"{ROWS - 1} rows of" in said
    branch = logged.run("git", "branch", "--show-current").stdout.strip()
    assert re.fullmatch(r"retrain/\d{4}-\d\d-\d\d", branch)
    assert said.splitlines()[-2:] == [
        "you are on this branch now; back: git switch main",
        "next: make report BASE=main (trains on the new rows and judges the model), then git push --set-upstream "
        f"origin {branch}, and open a pull request",
    ]
    changed = logged.run("git", "diff", "--name-only", "HEAD^", "HEAD").stdout.split()
    assert changed[0].startswith(".dvc/store/")
    assert changed[-1] == "data.dvc"
    table = pd.read_csv(next((logged.folder / "data").iterdir()))
    assert len(table) == 2000 + ROWS - 1
    assert table["customer"].iloc[-1] == 90_000 + ROWS - 2
    assert "somebody asked for it" in (logged.folder / "artifacts/monitor/retrain.md").read_text("utf-8")
    code, said = retrain(logged, "--rows-in-git=1", check=False)
    assert code == 1
    assert "one retraining at a time" in said


def test_a_column_that_neither_log_nor_truth_holds_is_named(logged: Clone) -> None:
    path = logged.folder.parent / "truth.csv"
    pd.read_csv(path).drop(columns="customer").to_csv(path, index=False)
    code, said = retrain(logged, "--rows-in-git=1", check=False)
    assert code == 1
    assert "truth.csv: the column customer is absent; the log lacks it too, and the data need it" in said
    assert logged.run("git", "branch", "--show-current").stdout.strip() == "main"


def test_rows_that_the_schema_refuses_leave_everything_as_it_was(logged: Clone) -> None:
    path: Path = logged.folder.parent / "truth.csv"
    pd.read_csv(path).assign(customer=-98765).to_csv(path, index=False)
    code, said = retrain(logged, "--rows-in-git=1", check=False)
    assert code == 1
    assert re.search("customer.*-98765", said)
    assert (logged.run("git", "branch", "--show-current").stdout.strip(), logged.status()) == ("main", "")
    code, said = retrain(logged, "--rows-in-git=1", check=False, hide=True)
    assert code == 1
    assert "error: the new rows are refused; make retrain without HIDE_VALUES=1 shows why" in said
    assert "-98765" not in said


def test_a_commit_that_fails_leaves_everything_as_it_was(logged: Clone) -> None:
    data, description = next((logged.folder / "data").iterdir()), logged.folder / "data.dvc"
    before = (data.read_bytes(), description.read_bytes(), logged.run("git", "rev-parse", "HEAD").stdout)

    def as_before() -> bool:
        branches = logged.run("git", "branch", "--format=%(refname:short)").stdout.split()
        now = (data.read_bytes(), description.read_bytes(), logged.run("git", "rev-parse", "HEAD").stdout)
        return (now, branches, logged.status()) == (before, ["main"], "")

    hook = logged.folder / ".git/hooks/prepare-commit-msg"  # --no-verify does not skip it
    hook.write_text("#!/bin/sh\nexit 1\n", "utf-8")
    hook.chmod(0o755)
    assert retrain(logged, "--rows-in-git=1", check=False)[0] == 1
    assert as_before()
