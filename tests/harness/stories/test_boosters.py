"""A team that wants LightGBM: one command, one edit, and all follows; the service needs nothing new."""

import json
from typing import Any

import pandas as pd
import pytest

from tests.support.clone import Clone, clone_of
from tests.support.serving import running


@pytest.fixture(scope="module")
def team(origin: Clone, tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A clone with an environment of its own, in which the boosters are switched on, and reports are short."""
    made = clone_of(origin, tmp_path_factory.mktemp("team") / "clone")
    made.edit_params(lambda params: params["evaluate"].update(resamples=200, refits=0))
    made.commit("short reports")
    made.run("make", "setup", "WITH=boosters")
    return made


def test_one_line_of_pyproject_decides(team: Clone) -> None:
    assert 'optional-groups = ["boosters"]' in (team.folder / "pyproject.toml").read_text()
    assert "M pyproject.toml" in team.status()


def test_what_is_known_of_boosters_is_tested_with_the_real_packages(team: Clone) -> None:
    done = team.run("make", "test", "ARGS=-n 0 tests/harness/model/test_boosters.py")
    assert " skipped" not in done.stdout


def test_a_team_switches_to_lightgbm(team: Clone) -> None:
    team.run("make", "pipeline")

    def change(params: dict[str, Any]) -> None:
        params["train"].update(estimator="lightgbm.LGBMClassifier", params={"n_estimators": 50})

    team.run("git", "checkout", "--quiet", "-b", "lightgbm")
    team.edit_params(change)
    team.run("make", "pipeline")
    reported = team.run("make", "report", "BASE=main").stdout
    assert "roc_auc" in reported
    report = json.loads((team.folder / "artifacts/report/report.json").read_text())
    assert report["base_state"] == "compared"
    assert {"data", "params", "lock", "boosters"} == set(report["hashes"])
    team.run("make", "predict", "IN=data/titanic.csv", "OUT=scores.csv")
    scored = pd.read_csv(team.folder / "scores.csv")
    assert scored["probability_1"].between(0, 1).all()
    command = (str(team.folder / ".venv/bin/python"), "-m", "harness.serve.server", "--port", "0")
    with running(team.folder, command) as server:
        server.until(server.is_ready)
        row = {"pclass": 1, "sex": "female", "age": 29.0, "sibsp": 0, "parch": 0, "fare": 211.3375, "embarked": "S"}
        (answer,) = server.predict({"rows": [row]}).json()["predictions"]
    known = pd.read_csv(team.folder / "data/titanic.csv")
    found = scored["probability_1"][(known["fare"] == row["fare"]) & (known["age"] == 29) & (known["sex"] == "female")]
    assert answer["probabilities"]["1"] == pytest.approx(found.iloc[0], abs=1e-6)


def test_a_renewed_lock_of_the_boosters_trains_again(team: Clone) -> None:
    with (team.folder / "requirements/boosters.txt").open("a") as file:
        file.write("# a later one\n")
    assert "train" in team.run("dvc", "status").stdout


def test_switched_off_again_the_command_is_named(team: Clone) -> None:
    team.run("git", "checkout", "requirements/boosters.txt")
    team.run("make", "setup", "WITH=none")
    team.edit_params(lambda params: params["train"]["params"].update(n_estimators=51))
    done = team.run("make", "pipeline", check=False)
    assert done.returncode
    assert "run: make setup WITH=boosters" in done.stdout + done.stderr
    assert "optional-groups = []" in (team.folder / "pyproject.toml").read_text()
