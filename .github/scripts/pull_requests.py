"""Which open pull requests a run of the first workflow belongs to, and what each of them would merge into."""

import os
import re
from typing import Any

import github_api
from gate_override import VoidError, queued


def matching(run: Any, opened: list[Any]) -> list[Any]:
    """The open pull requests whose newest commit is the run's and whose branch is the run's, or was before it went.

    The run does not know them where a fork made it, and a number in its artifact could be any other's.
    """
    fork = run["head_repository"]  # None once a fork is deleted
    branch = f"{fork['owner']['login']}:{run['head_branch']}" if fork else None
    return [
        pull
        for pull in opened
        if pull["head"]["sha"] == run["head_sha"]
        and (branch is None or pull["head"].get("repo") is None or pull["head"]["label"] == branch)
    ]


def base_branch(run: Any, pull: Any | None) -> str:
    """The branch whose rules judge the run: the pull request's, the merge queue's, or the default branch."""
    if pull is not None:
        return str(pull["base"]["ref"])
    found = re.fullmatch(r"gh-readonly-queue/(.+)/pr-\d+-[0-9a-f]{40}", run["head_branch"] or "")
    if run["event"] == "merge_group" and found:
        return found[1]
    return str(github_api.event()["repository"]["default_branch"])


def number_of(run: Any, pull: Any | None) -> int | None:
    """The pull request whose label counts for the run; None if there is none."""
    if pull is not None:
        return int(pull["number"])
    try:
        return queued(run["head_branch"] or "") if run["event"] == "merge_group" else None
    except VoidError:
        return None


def run_link(run: Any, label: str) -> str:
    """A link to the run in Markdown."""
    address = f"{os.environ['GITHUB_SERVER_URL']}/{os.environ['GITHUB_REPOSITORY']}/actions/runs/{int(run['id'])}"
    return f"[{label}]({address})"


def refusal(run: Any, what: str, why: str) -> str:
    """A comment that takes the place of an older, perhaps green one."""
    title = f"## 💥 The run {what} at {run['head_sha'][:12]}"
    return f"{title}\n\nThere are no metrics: {why}. {run_link(run, 'The log')}\n{footer(run)}"


def footer(run: Any) -> str:
    return f"\n<sub>Commit {run['head_sha']} · {run_link(run, 'run')}</sub>\n"
