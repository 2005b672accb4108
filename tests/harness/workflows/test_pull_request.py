"""pull-request.yml, run for real: two trainings, a gate that holds, one that fails, and the label that overrides it."""

import json
import shutil
from typing import Any

import pytest

from tests.support.clone import Clone
from tests.support.workflows.runner import STARTED, Run, Runner, ended, label, set_iterations

BEFORE = "2025-12-31T23:00:00Z"


def open_pull(runner: Runner, before: int, after: int) -> str:
    """Open pull request 1, which changes max_iter; its commit. The server has it merged into main, too."""
    clone = runner.clone
    set_iterations(clone, before)
    runner.push("refs/heads/main")
    clone.run("git", "checkout", "--quiet", "-b", "change")
    set_iterations(clone, after)
    sha = runner.push("refs/pull/1/head")
    clone.run("git", "checkout", "--quiet", "main")
    clone.run("git", "merge", "--quiet", "--no-ff", "change")
    runner.push("refs/pull/1/merge")
    runner.github.open_pull(1, sha)
    runner.github.runs.append({**ended(sha), "path": ".github/workflows/pull-request.yml"})
    return sha


def pull_request(runner: Runner, before: int, after: int) -> Run:
    """Open pull request 1 and run its workflow."""
    sha = open_pull(runner, before, after)
    payload = {"pull_request": {"number": 1, "head": {"sha": sha, "ref": "change"}, "base": {"ref": "main"}}}
    return runner.run("pull-request.yml", "pull_request", payload, "refs/pull/1/merge")


def comment_of(runner: Runner, done: Run, conclusion: str) -> str:
    """The comment that follows, made from the artifact that the run left."""
    runner.github.upload(7, (done.artifacts / "report.zip").read_bytes())
    assert runner.comment(ended(runner.github.pulls[1]["head"]["sha"], conclusion)).code == 0
    (comment,) = runner.github.comments[1]
    body: str = comment["body"]
    return body


def test_a_better_model_passes_and_its_comment_says_so(runner: Runner, known: Clone) -> None:
    shutil.copytree(known.folder / ".dvc/cache", runner.folder / "dvc-cache")
    done = pull_request(runner, before=2, after=100)
    assert done.code == 0, done.log
    assert json.loads(done.read("report", "report.json"))["gate_passed"] is True
    assert done.read("model", "evaluation/metrics.json")
    assert comment_of(runner, done, "success").startswith("## ✅ The gate holds")


def test_a_worse_model_fails_and_its_comment_says_so(runner: Runner, known: Clone) -> None:
    shutil.copytree(known.folder / ".dvc/cache", runner.folder / "dvc-cache")
    done = pull_request(runner, before=100, after=2)
    assert done.code != 0
    assert "the gate failed: " in done.log
    assert json.loads(done.read("report", "report.json"))["gate_passed"] is False
    assert comment_of(runner, done, "failure").startswith("## ❌ Do not merge")


def test_the_merge_queue_compares_with_its_own_base_and_honours_the_label(runner: Runner, known: Clone) -> None:
    shutil.copytree(known.folder / ".dvc/cache", runner.folder / "dvc-cache")
    open_pull(runner, before=100, after=2)
    base = runner.clone.run("git", "rev-parse", "HEAD^1").stdout.strip()
    queue = f"refs/heads/gh-readonly-queue/main/pr-1-{base}"
    runner.push(queue)
    runner.push("refs/heads/main")  # which has moved on to what is judged
    runner.github.events[1] = [label()]
    runner.github.permissions["maintainer"] = "write"
    done = runner.run("pull-request.yml", "merge_group", {"merge_group": {"head_ref": queue, "base_sha": base}}, queue)
    assert done.code == 0, done.log
    found = json.loads(done.read("report", "report.json"))
    assert (found["base_commit"], found["overridden_by"], found["gate_passed"]) == (base, "maintainer", True)
    assert "fail" in {rule["state"] for rule in found["gate"]}


def test_started_by_hand_a_branch_is_compared_with_main_and_no_label_counts(runner: Runner, known: Clone) -> None:
    """On a runner of the team's own, with its Python, and with a cache that its jobs share."""
    shutil.copytree(known.folder / ".dvc/cache", runner.folder / "shared")
    runner.variables |= {"PR_RUNNER": "own", "PYTHON_VERSION": "system"}
    runner.environment["DVC_CACHE_DIR"] = str(runner.folder / "shared")
    main = runner.clone.run("git", "rev-parse", "HEAD").stdout.strip()
    runner.clone.commit("nothing")
    runner.clone.commit("nothing again")
    runner.push("refs/heads/change")
    done = runner.run("pull-request.yml", "workflow_dispatch", {}, "refs/heads/change")
    assert done.code == 0, done.log
    assert "Running stage" not in done.log
    assert "Main actions/setup-python" not in done.log
    assert "PR_RUNNER runs what any pull request brings, on a public repository" in done.log
    found = json.loads(done.read("report", "report.json"))
    assert (found["base_commit"], found["overridden_by"], found["gate_passed"]) == (main, None, True)
    assert not [call for call in runner.github.calls if call.startswith("GET")]


@pytest.mark.parametrize(
    ("events", "says"),
    [
        ([label()], "set by maintainer"),
        ([label(), {"event": "closed"}, label("visitor", name="docs")], "set by maintainer"),
        ([], "it is not set"),
        ([label(), label(event="unlabeled")], "it is not set"),
        ([label("visitor")], "visitor has no write access"),
        ([label(), label("visitor")], "visitor has no write access"),
        ([label(at=BEFORE)], "it was set before the last push"),
        ([label(at=STARTED)], "it was set before the last push"),
        ([label("a\nlogin=b")], "a person must set it"),
        ([label("octo_company")], "set by octo_company"),  # of a company that manages its people's accounts
        ([label("renamed")], "GitHub does not know renamed any more"),
        ([label("x") | {"actor": None}], "a person must set it"),  # who has deleted the account
        ([label(name="docs")] * 250 + [label()], "set by maintainer"),
    ],
)
def test_the_label_counts_if_a_maintainer_set_it_after_the_push(runner: Runner, events: list[Any], says: str) -> None:
    head = {"sha": "a" * 40, "ref": "change"}
    runner.github.open_pull(1, head["sha"])
    runner.github.runs.append({**ended(head["sha"]), "path": ".github/workflows/pull-request.yml"})
    runner.github.events[1] = events
    runner.github.permissions |= {"maintainer": "write", "octo_company": "admin", "renamed": "nobody"}
    printed, output = runner.script("find_override.py", {"pull_request": {"number": 1, "head": head}})
    assert printed.startswith(f"gate-override: {says}")
    assert output == (f"login={says.removeprefix('set by ')}\n" if says.startswith("set by") else "")


def test_a_newer_push_voids_the_label(runner: Runner) -> None:
    runner.github.open_pull(1, "b" * 40)
    runner.github.events[1] = [label()]
    runner.github.permissions["maintainer"] = "admin"
    payload = {"pull_request": {"number": 1, "head": {"sha": "a" * 40}}}
    assert runner.script("find_override.py", payload) == ("gate-override: a newer commit was pushed\n", "")


def test_the_merge_queue_honours_the_label_too(runner: Runner) -> None:
    runner.github.open_pull(12, "a" * 40)
    runner.github.runs.append({**ended("a" * 40), "path": ".github/workflows/pull-request.yml@main"})
    runner.github.events[12] = [label()]
    runner.github.permissions["maintainer"] = "admin"
    payload = {"merge_group": {"head_ref": f"refs/heads/gh-readonly-queue/main/pr-12-{'c' * 40}"}}
    assert runner.script("find_override.py", payload)[1] == "login=maintainer\n"


@pytest.mark.parametrize(("rulesets", "told"), [([], False), ([1], False), ([1, 2], True)])
def test_two_rulesets_at_once_are_told(runner: Runner, rulesets: list[int], told: bool) -> None:
    """Of solo.json and team.json together the stricter counts: who works alone could merge nothing."""
    kinds = ("deletion", "pull_request", "required_status_checks")
    runner.github.rules = [{"type": kind, "ruleset_id": number} for number in rulesets for kind in kinds]
    runner.github.open_pull(1, "a" * 40)
    printed, _ = runner.script("find_override.py", {"pull_request": {"number": 1, "head": {"sha": "a" * 40}}})
    line = "::warning::2 rulesets require reviews of main; the strictest counts, so keep only one\n"
    assert printed == f"{line if told else ''}gate-override: it is not set\n"
