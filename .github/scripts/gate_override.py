"""The label `gate-override`: who, with write access, has set it since the pull request's last push?

The label counts from the next run on: set it, then re-run all jobs. A push makes a new run, and so voids it. On main it
is that of the pull request whose merge made the commit; there it may be set after the merge too.
"""

import os
import re
import urllib.error
from typing import Any

import github_api

LABEL = "gate-override"
WORKFLOW = ".github/workflows/pull-request.yml"


class VoidError(Exception):
    """The label does not count."""


def overridden_by(number: int, head: str) -> str:
    """The login of who set the label, if it counts for the commit `head`. Raises VoidError."""
    if github_api.get_json(f"pulls/{number}")["head"]["sha"] != head:
        raise VoidError("a newer commit was pushed")
    events = [
        found
        for found in github_api.pages(f"issues/{number}/events")
        if found["event"] in {"labeled", "unlabeled"} and found["label"]["name"] == LABEL
    ]
    if not events or events[-1]["event"] == "unlabeled":
        raise VoidError("it is not set")
    pushed = _pushed(head)
    if not pushed or events[-1]["created_at"] <= max(pushed):
        raise VoidError("it was set before the last push; remove it, set it again and re-run all jobs")
    return _with_write_access(events[-1]["actor"])


def pull_of(event: Any) -> tuple[int, str]:
    """Number and newest commit of the pull request that an event is about. Raises VoidError if there is none."""
    if "pull_request" in event:
        return event["pull_request"]["number"], event["pull_request"]["head"]["sha"]
    group = event.get("merge_group")
    number = queued(group["head_ref"]) if group else _merged(os.environ["GITHUB_SHA"])
    return number, github_api.get_json(f"pulls/{number}")["head"]["sha"]


def queued(branch: str) -> int:
    """The number of a pull request, which the name of a merge queue's branch tells. Raises VoidError."""
    found = re.search(r"/pr-(\d+)-[0-9a-f]{40}$", branch)
    if not found:
        raise VoidError("this is no pull request")
    return int(found[1])


def _pushed(head: str) -> list[str]:
    """When the runs for a commit were made: GitHub's own time, which stays when they are repeated; not a commit's."""
    found = github_api.get_json("actions/runs", head_sha=head, event="pull_request", per_page=github_api.PAGE)
    return [run["created_at"] for run in found["workflow_runs"] if run["path"].split("@")[0] == WORKFLOW]


def _with_write_access(actor: Any) -> str:
    """The login of a person who may write; managed users have an underscore in theirs. Raises VoidError."""
    login: str = actor["login"] if actor else ""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}", login):
        raise VoidError("a person must set it")
    try:
        permission = github_api.get_json(f"collaborators/{login}/permission")["permission"]
    except urllib.error.HTTPError as error:
        if error.code != 404:
            raise
        raise VoidError(f"GitHub does not know {login} any more") from None
    if permission not in {"admin", "write"}:
        raise VoidError(f"{login} has no write access")
    return login


def _merged(commit: str) -> int:
    """Merged, squashed, rebased or queued: the commit that main moved to is the pull request's `merge_commit_sha`."""
    for pull in github_api.pages(f"commits/{commit}/pulls"):
        if pull["merged_at"] and pull["merge_commit_sha"] == commit:
            return int(pull["number"])
    raise VoidError("no pull request was merged into this commit")
