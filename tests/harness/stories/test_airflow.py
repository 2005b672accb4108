"""deploy/airflow in a real Airflow with sqlite: new rows become a pushed branch; a failed gate pushes nothing."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from harness.project.environments import build_environment
from tests.support.clone import Clone, clone_of
from tests.support.constants import ROOT

PERSON = {f"GIT_{who}_{what}": "t@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
RunDag = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def airflow() -> Path:
    """The program."""
    return build_environment("airflow") / "airflow"


@pytest.fixture
def repository(origin: Clone, tmp_path: Path) -> Clone:
    """A project whose report takes a moment; what is pushed to it arrives."""
    made = clone_of(origin, tmp_path / "repository")
    made.edit_params(lambda params: params["evaluate"].update(refits=0, resamples=300))
    made.commit("a quick report")
    made.run("dvc", "pull", "data.dvc")
    return made


@pytest.fixture
def run_dag(airflow: Path, repository: Clone, tmp_path: Path) -> RunDag:
    """`airflow dags test` on 40 new rows."""
    rows = pd.read_csv(repository.folder / "data/titanic.csv").head(40)
    rows.assign(passenger_id=rows["passenger_id"] + 100_000).to_csv(tmp_path / "rows.csv", index=False)
    variables = {
        "project_repository": str(repository.folder),
        "project_rows": str(tmp_path / "rows.csv"),
        "project_rows_in_git": "1",
        "project_folder": str(tmp_path / "clone"),
        "project_pull_request": f"git log -1 --format=%s > {tmp_path}/opened",
    }
    environment = {
        **os.environ, **PERSON,
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "deploy/airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{tmp_path}/airflow.db",
        "SCARF_ANALYTICS": "false",
        **{f"AIRFLOW_VAR_{name.upper()}": value for name, value in variables.items()},
    }  # fmt: skip

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [str(airflow), *words]
        return subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert run("db", "migrate").returncode == 0
    return run


def test_new_rows_become_a_pushed_branch(run_dag: RunDag, repository: Clone, tmp_path: Path) -> None:
    done = run_dag("dags", "test", "retrain")
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
    assert (tmp_path / "opened").read_text("utf-8") == "Add the rows since the last model\n"
    (branch,) = repository.run("git", "branch", "--list", "retrain/*", "--format=%(refname:short)").stdout.split()
    assert "data.dvc" in repository.run("git", "diff", "--name-only", f"main...{branch}").stdout


def test_a_gate_that_fails_pushes_nothing(run_dag: RunDag, repository: Clone, tmp_path: Path) -> None:
    repository.edit_params(lambda params: params["gates"]["metrics"]["roc_auc"].update(min=0.999))
    repository.commit("a gate that nothing passes")
    done = run_dag("dags", "test", "retrain")
    assert done.returncode == 1
    assert "roc_auc" in done.stdout + done.stderr
    assert not (tmp_path / "opened").exists()
    assert repository.run("git", "branch", "--list", "retrain/*").stdout == ""
