"""What a team does with its history, as docs/remote.md says it: experiments become pull requests, old data goes."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.support.clone import Clone, clone_of
from tests.support.constants import ROOT
from tests.support.workflows.runner import Runner, ended, runner

__all__ = ["runner"]
REMOTE_PAGE = (ROOT / "docs/remote.md").read_text("utf-8")


def documented(heading: str) -> list[str]:
    """The lines to type below a heading, without their remarks."""
    text = REMOTE_PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return [line.partition("    # ")[0].strip() for line in re.findall("^    (.*)$", text, re.MULTILINE)]


def on_server(runner: Runner, *command: str) -> str:
    return runner.clone.run("git", "-C", str(runner.bare), *command).stdout


@pytest.fixture
def own(runner: Runner, known: Clone) -> Clone:
    """A clone with the data and short reports, whose origin is the server."""
    made = runner.clone
    shutil.copytree(known.folder / ".dvc/cache", made.folder / ".dvc/cache")
    shutil.copytree(known.folder / ".dvc/cache", runner.folder / "dvc-cache")
    made.run("git", "remote", "set-url", "origin", str(runner.bare))
    made.run("dvc", "checkout", "data.dvc")
    made.edit_params(lambda params: params["evaluate"].update(resamples=200, refits=0))
    made.run("dvc", "repro", "evaluate")
    made.commit("short")
    made.run("git", "push", "--quiet", "origin", "main")
    return made


def test_an_experiment_becomes_a_pull_request_with_its_comment(runner: Runner, own: Clone, tmp_path: Path) -> None:
    queue, branch, push = documented("Experiments to pull requests")
    own.run("sh", "-c", queue)
    listed = json.loads(own.run("dvc", "exp", "show", "--json").stdout)
    found = {
        experiment["name"]: experiment["revs"][0]["data"]["params"]["params.yaml"]["data"]["train"]["params"]
        for commit in listed
        for experiment in commit["experiments"] or []
    }
    assert sorted(params["learning_rate"] for params in found.values()) == [0.05, 0.2]
    (name,) = (name for name, params in found.items() if params["learning_rate"] == 0.2)
    own.run("sh", "-c", branch.replace("<name>", name).replace("0.05", "0.2"))
    sha = own.run("git", "rev-parse", "try-0.2").stdout.strip()
    assert on_server(runner, "rev-parse", "try-0.2") == f"{sha}\n"

    # Its pull request: CI trains again, and CML posts what that run found.
    own.run("git", "merge", "--quiet", "--no-ff", "--no-edit", "try-0.2")
    runner.push("refs/pull/1/merge")
    runner.github.open_pull(1, sha, branch="try-0.2")
    runner.github.runs.append({**ended(sha), "path": ".github/workflows/pull-request.yml"})
    payload = {"pull_request": {"number": 1, "head": {"sha": sha, "ref": "try-0.2"}, "base": {"ref": "main"}}}
    done = runner.run("pull-request.yml", "pull_request", payload, "refs/pull/1/merge")
    runner.github.upload(7, (done.artifacts / "report.zip").read_bytes())
    assert runner.comment(ended(sha) | {"head_branch": "try-0.2"}).code == 0
    (comment,) = runner.github.comments[1]
    assert "train.params.learning_rate" in comment["body"]

    # As it is, for a colleague; of models nothing is uploaded, for there is no remote.
    own.run("git", "reset", "--quiet", "--hard", "HEAD~1")
    own.run("sh", "-c", push.replace("<name>", name))
    assert name in on_server(runner, "for-each-ref", "--format=%(refname)", "refs/exps")
    colleague = Clone(tmp_path / "colleague")
    own.run("git", "clone", "--quiet", str(runner.bare), str(colleague.folder))
    colleague.run("dvc", "exp", "pull", "origin", name)
    assert name in colleague.run("dvc", "exp", "list").stdout
    assert own.status() == ""


def test_who_clones_after_the_squash_gets_none_of_the_old_data(own: Clone, runner: Runner, tmp_path: Path) -> None:
    template = own.run("git", "rev-list", "--max-parents=0", "HEAD").stdout.strip()
    old = tables(own, "HEAD", f"^{template}")
    assert old
    own.run("python", "-m", "harness", "remote", f"--url={tmp_path}/shared")
    own.run("git", "commit", "--quiet", "--message", "Move the data")
    for line in documented("Start without the old data"):
        own.run("sh", "-c", line)
    other = clone_of(Clone(runner.bare), tmp_path / "other", "--no-local")
    assert old & tables(other, "--all") == set()
    assert other.run("git", "rev-list", "--count", "HEAD").stdout == "2\n"
    other.run("dvc", "pull", "data.dvc")
    assert old & {line.split()[0] for line in own.run("git", "cat-file", *EVERY).stdout.splitlines()} == set()


EVERY = ("--batch-check", "--batch-all-objects")


def tables(made: Clone, *revisions: str) -> set[str]:
    """What git keeps of the embedded store at these revisions, by hash."""
    lines = made.run("git", "rev-list", "--objects", *revisions).stdout.splitlines()
    return {line.split()[0] for line in lines if re.search(r" \.dvc/store/files/md5/../\w+", line)}
