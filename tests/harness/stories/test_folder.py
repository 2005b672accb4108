"""A project in a folder of its repository: the workflows run for it where the variable PROJECT names the folder."""

import json
import shutil
from pathlib import Path

import pytest

from tests.support.clone import Clone
from tests.support.workflows.runner import Runner, ended, runner

__all__ = ["runner"]
PROJECT = "models/churn"


@pytest.fixture
def in_folder(runner: Runner, known: Clone) -> Runner:
    """The known project moved into a folder; what GitHub reads stays at the root."""
    clone = runner.clone
    (clone.folder / PROJECT).mkdir(parents=True)
    for name in clone.run("git", "ls-tree", "--name-only", "HEAD").stdout.splitlines():
        if name != ".github":
            clone.run("git", "mv", name, f"{PROJECT}/{name}")
    clone.commit("into a folder")
    runner.push("refs/heads/main")
    runner.variables["PROJECT"] = PROJECT
    shutil.copytree(known.folder / ".dvc/cache", runner.folder / "shared")
    runner.environment["DVC_CACHE_DIR"] = str(runner.folder / "shared")
    return runner


def test_a_pull_request_is_judged_and_shown_for_the_project_in_its_folder(in_folder: Runner) -> None:
    """The base was once taken to have "no pipeline yet", and the relative rules vanished in silence."""
    clone = in_folder.clone
    clone.run("git", "checkout", "--quiet", "-b", "change")
    path = f"{PROJECT}/params.yaml"
    clone.edit_yaml(path, lambda params: params["train"]["params"].update(max_iter=1, max_leaf_nodes=2))
    clone.commit("a worse model")
    sha = in_folder.push("refs/pull/1/head")
    clone.run("git", "checkout", "--quiet", "main")
    clone.run("git", "merge", "--quiet", "--no-ff", "--no-edit", "change")
    in_folder.push("refs/pull/1/merge")
    in_folder.github.open_pull(1, sha)
    in_folder.github.files[1] = [{"filename": path, "status": "modified"}]
    in_folder.github.runs.append({**ended(sha), "path": ".github/workflows/pull-request.yml"})
    payload = {"pull_request": {"number": 1, "head": {"sha": sha, "ref": "change"}, "base": {"ref": "main"}}}
    done = in_folder.run("pull-request.yml", "pull_request", payload, "refs/pull/1/merge")
    assert "the gate failed: " in done.log, done.log
    found = json.loads(done.read("report", "report.json"))
    assert (found["base_state"], found["gate_passed"]) == ("compared", False)
    assert "M params.yaml" in found["files"]
    in_folder.github.upload(7, (done.artifacts / "report.zip").read_bytes())
    assert in_folder.comment(ended(sha, "failure")).code == 0
    (comment,) = in_folder.github.comments[1]
    assert comment["body"].startswith("## ❌ Do not merge")
    (status,) = in_folder.github.statuses
    assert (status["context"], status["state"]) == ("model-gate", "failure")


def test_a_folder_that_holds_no_project_is_told_in_one_line(in_folder: Runner) -> None:
    in_folder.variables["PROJECT"] = "models"
    done = in_folder.run("audit.yml", "workflow_dispatch", {})
    assert done.code != 0
    assert "PROJECT=models: must be a folder of this repository that holds a project (params.yaml)" in done.log
    assert not Path(in_folder.clone.folder / "models/.venv").exists()
