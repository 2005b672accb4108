"""The circle closes: a service under load drifts and loses, monitor.yml opens the issue, retrain.yml the pull request.

The service answers over HTTP, the workflows run under act against a GitHub of the tests' own.
"""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.support.clone import Clone
from tests.support.serving import serving
from tests.support.tables import customers
from tests.support.workflows.runner import Runner, ended, runner

__all__ = ["runner"]
ROWS, EACH = 3000, 50
MAIN = {"ref": "refs/heads/main"}


def moved(rows: int, share: float, seed: int) -> pd.DataFrame:
    """Customers, a share of whom visit far more often than any before and leave all the same."""
    drawn, rng = customers(rows, seed).drop(columns="name").replace("NA", None), np.random.default_rng(seed)
    often = rng.random(rows) < share
    drawn["visits"] = np.minimum(drawn["visits"] + 8 * often, 20)
    drawn.loc[often, "churned"] = np.where(rng.random(often.sum()) < 0.9, "yes", "no")
    return drawn.assign(customer=np.arange(rows) + 100_000 * (seed + 1))


def asked(model: Path, log: Path, drawn: pd.DataFrame) -> pd.DataFrame:
    """Ask the service for all rows, from four callers at once; their labels, by request and row."""
    features = json.loads(drawn.drop(columns=["customer", "churned"]).to_json(orient="records"))
    starts = range(0, len(drawn), EACH)
    with serving(model, LOG_DIR=str(log)) as server, ThreadPoolExecutor(4) as callers:
        answers = list(callers.map(lambda start: server.predict({"rows": features[start : start + EACH]}), starts))
    assert {answer.status_code for answer in answers} == {200}, answers[0].text
    labels = drawn[["customer", "churned"]].assign(row=np.arange(len(drawn)) % EACH)
    return labels.assign(request_id=np.repeat([answer.headers["x-request-id"] for answer in answers], EACH))


@pytest.fixture
def watched(runner: Runner, known: Clone) -> Runner:
    """A private repository that says where its logs and labels are, and that rows may lie in git."""
    shutil.copytree(known.folder / ".dvc/cache", runner.folder / "dvc-cache")
    log, truth = runner.folder / "log", runner.folder / "truth.csv"
    runner.private = True
    runner.variables |= {"MONITOR_SOURCE": str(log), "MONITOR_TRUTH": str(truth), "RETRAIN_ROWS": "git"}
    runner.clone.edit_params(
        lambda params: params.update(gates={"metrics": {"roc_auc": {"max_drop": 0.01}}, "slices": {}})
    )
    runner.clone.edit_params(lambda params: params["evaluate"].update(refits=0))
    runner.clone.commit("a rule")
    runner.push("refs/heads/main")
    return runner


def test_shown_loss_opens_the_issue_and_the_pull_request_whose_merge_calms_the_monitor(
    watched: Runner, known: Clone
) -> None:
    github, log = watched.github, watched.folder / "log"
    asked(known.folder / "artifacts/model/model.onnx", log, moved(ROWS, 0.6, 1)).to_csv(watched.folder / "truth.csv")
    done = watched.run("monitor.yml", "workflow_dispatch", MAIN)
    assert done.code == 0, done.log
    look = json.loads(done.read("monitor", "monitor.json"))
    assert (look["outcome"], look["rows"], look["number"]) == ("loss shown", ROWS, 0)
    assert [(issue["title"], issue["state"]) for issue in github.issues] == [("The running model", "open")]
    assert github.dispatched == [("retrain.yml", "main")]

    done = watched.run("retrain.yml", "workflow_dispatch", MAIN)
    assert done.code == 0, done.log
    ((number, pull),) = github.pulls.items()
    branch, sha = pull["head"]["ref"], pull["head"]["sha"]
    assert branch.startswith("retrain/")
    assert github.dispatched[1:] == [("pull-request.yml", branch)]
    again = watched.run("retrain.yml", "workflow_dispatch", MAIN)
    assert f"#{number} is open; one retraining at a time" in again.log
    assert len(github.pulls) == 1

    done = watched.run("pull-request.yml", "workflow_dispatch", {"ref": f"refs/heads/{branch}"}, f"refs/heads/{branch}")
    assert done.code == 0, done.log
    github.upload(7, (done.artifacts / "report.zip").read_bytes())
    run = {**ended(sha), "event": "workflow_dispatch", "head_branch": branch}
    assert watched.comment(run).code == 0
    (comment,) = github.comments[number]
    assert comment["body"].startswith("## ✅ The gate holds")
    assert "since the last model" in comment["body"]

    new = watched.folder / "model.onnx"
    new.write_bytes(done.read_bytes("model", "model/model.onnx"))
    watched.clone.run("git", "fetch", "--quiet", str(watched.bare), branch)
    watched.clone.run("git", "merge", "--quiet", "--ff-only", "FETCH_HEAD")
    watched.push("refs/heads/main")
    asked(new, log, moved(ROWS, 0.36, 2)).to_csv(watched.folder / "truth.csv")
    done = watched.run("monitor.yml", "workflow_dispatch", MAIN)
    assert done.code == 0, done.log
    look = json.loads(done.read("monitor", "monitor.json"))
    assert (look["outcome"], look["number"], look["void"]) == ("nothing", 0, None)
    assert github.issues[0]["state"] == "closed"
