"""`make track` against a real MLflow server: a commit is logged once, its stages are aliases, its runs are compared."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.support.browser import browser
from tests.support.clone import Clone, lend_environment
from tests.support.constants import PATIENCE
from tests.support.mlflow import TrackingServer, tracking_server
from tests.support.tagged import Tagged

__all__ = ["browser"]
NAME = "passengers"


@pytest.fixture(scope="module")
def tracked(evaluated: Clone, tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A clone with results, whose first `make track` went to a database beside it."""
    made = Clone(tmp_path_factory.mktemp("tracked") / "clone")
    shutil.copytree(evaluated.folder, made.folder, symlinks=True)
    lend_environment(made)
    made.run("git", "remote", "remove", "origin")
    made.run("make", "pipeline")  # writes the card
    return made


@pytest.fixture(scope="module")
def beside(tracked: Clone) -> str:
    """What `make track` prints where no server is named."""
    return make_track(tracked).stdout


@pytest.fixture(scope="module")
def server(tracked: Clone, beside: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrackingServer]:
    del beside
    with tracking_server(tracked.folder / ".venv-mlflow/bin", tmp_path_factory.mktemp("server") / "mlflow") as running:
        yield running


def make_track(clone: Clone, address: str = "", check: bool = True) -> subprocess.CompletedProcess[str]:
    given = {"MLFLOW_TRACKING_URI": address, "MLFLOW_EXPERIMENT_NAME": NAME}
    words = [f"{key}={value}" for key, value in given.items() if value]
    return clone.run("env", "-u", "MLFLOW_TRACKING_URI", *words, "make", "track", check=check)


def head(clone: Clone) -> str:
    return clone.run("git", "rev-parse", "HEAD").stdout.strip()


def values_of(run: dict[str, Any], kind: str) -> dict[str, Any]:
    return {one["key"]: one["value"] for one in run["data"].get(kind, [])}


def test_without_a_server_a_database_beside_is_told(tracked: Clone, beside: str) -> None:
    commit = head(tracked)
    assert f"sqlite:///artifacts/mlflow/mlflow.db: commit {commit[:12]} is told, as run " in beside
    assert "to look at it: .venv-mlflow/bin/mlflow server --backend-store-uri sqlite:///artifacts" in beside
    assert (tracked.folder / "artifacts/mlflow/mlflow.db").exists()
    assert list((tracked.folder / "artifacts/mlflow/files").rglob("model.onnx"))
    assert f"commit {commit[:12]} was logged before" in make_track(tracked).stdout
    assert "mlflow" not in tracked.status()


def test_a_commit_is_told_once_however_often(tracked: Clone, server: TrackingServer) -> None:
    told, again = (make_track(tracked, server.url).stdout for _ in range(2))
    assert f"{server.url}: commit {head(tracked)[:12]} is told, as run " in told
    assert f"{server.url}: commit {head(tracked)[:12]} was logged before" in again
    (run,) = server.runs()
    metrics = json.loads((tracked.folder / "artifacts/evaluation/metrics.json").read_text("utf-8"))
    assert metrics["test"].items() <= values_of(run, "metrics").items()
    assert "sex: female / roc_auc" in values_of(run, "metrics")
    assert values_of(run, "params")["train.params.learning_rate"] == "0.05"
    tags = values_of(run, "tags")
    assert tags["commit"] == tags["mlflow.source.git.commit"] == head(tracked)
    low = next(one["low"] for one in metrics["intervals"] if one["metric"] == "roc_auc")
    assert tags["roc_auc.interval"].startswith(f"{low:.4g} to ")
    files = {one["path"] for one in server.get("artifacts/list", run_id=run["info"]["run_id"], path="model")["files"]}
    assert {"model/model.onnx", "model/card.md", "model/card.html", "model/reference.json"} <= files
    (version,) = server.get("model-versions/search", filter=f"name = '{NAME}'")["model_versions"]
    assert (version["version"], version["run_id"]) == ("1", run["info"]["run_id"])


def test_a_call_that_was_stopped_leaves_no_second_run(tracked: Clone, server: TrackingServer) -> None:
    (run,) = server.runs()
    server.ask("runs/update", run_id=run["info"]["run_id"], status="RUNNING")
    assert "is told" in make_track(tracked, server.url).stdout
    assert [one["info"]["status"] for one in server.runs()] == ["FINISHED"]


def test_a_stage_is_an_alias_that_moves_with_it(tracked: Clone, server: TrackingServer) -> None:
    tags = Tagged(tracked.folder)
    tracked.run("git", "tag", "--annotate", "model@v1.0.0", "--message", "model v1.0.0")
    tags.assign("v1.0.0", "prod")
    assert "prod → version" in make_track(tracked, server.url).stdout
    aliases = server.get("registered-models/get", name=NAME)["registered_model"]["aliases"]
    assert [one["alias"] for one in aliases] == ["prod"]
    assert "prod" not in make_track(tracked, server.url).stdout


def test_two_runs_are_compared_in_the_browser(
    tracked: Clone, server: TrackingServer, browser: webdriver.Chrome
) -> None:
    tracked.edit_params(lambda params: params["train"]["params"].update(learning_rate=0.1))
    refused = make_track(tracked, server.url, check=False)
    assert "error: params.yaml: has uncommitted changes, and a run is recorded under its commit" in refused.stderr
    tracked.commit("learn faster")
    stale = make_track(tracked, server.url, check=False)
    assert "its results are not those of this commit; run: make pipeline" in stale.stderr
    tracked.run("make", "pipeline")
    assert "is told" in make_track(tracked, server.url).stdout
    runs = server.runs()
    assert len(runs) == 2
    ids = json.dumps([run["info"]["run_id"] for run in runs])
    experiments = json.dumps([runs[0]["info"]["experiment_id"]])
    browser.get(f"{server.url}/#/compare-runs?runs={ids}&experiments={experiments}")
    WebDriverWait(browser, PATIENCE).until(lambda page: "learning_rate" in page.find_element(By.TAG_NAME, "body").text)
    shown = browser.find_element(By.TAG_NAME, "body").text
    assert "Comparing 2 Runs" in shown
    assert {"0.05", "0.1", "train.params.learning_rate"} <= set(shown.split())


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("http://me:secret@127.0.0.1:9/", "http://127.0.0.1:9/: does not answer: Connection refused"),
        ("nonsense://there", "nonsense://there: "),
    ],
)
def test_a_server_that_is_not_there_is_one_line(tracked: Clone, beside: str, address: str, reason: str) -> None:
    del beside
    done = make_track(tracked, address, check=False)
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert line.startswith(f"error: MLFLOW_TRACKING_URI={reason}")
    assert "secret" not in done.stdout + done.stderr
