"""Who, with write access, has set the label `gate-override` since the pull request's last push? → output `login`.

The label counts from the next run on: set it, then re-run all jobs. A push makes a new run, and so voids it. On main it
is that of the pull request whose merge made the commit; there it may be set after the merge too.
"""

import os
import re
from typing import Any

import api

LABEL = "gate-override"
WORKFLOW = ".github/workflows/pull-request.yml"


class VoidError(Exception):
    """The label does not count."""


def overridden_by(number: int, head: str) -> str:
    """The login of who set the label, if it counts for the commit `head`. Raises VoidError."""
    if api.get_json(f"pulls/{number}")["head"]["sha"] != head:
        raise VoidError("a newer commit was pushed")
    runs = api.get_json("actions/runs", head_sha=head, event="pull_request", per_page=api.PAGE)["workflow_runs"]
    # The time when a run was made is GitHub's own and stays when the run is repeated; a commit's date can be forged.
    pushed = [run["created_at"] for run in runs if run["path"].split("@")[0] == WORKFLOW]
    events = [
        found
        for found in api.pages(f"issues/{number}/events")
        if found["event"] in {"labeled", "unlabeled"} and found["label"]["name"] == LABEL
    ]
    if not events or events[-1]["event"] == "unlabeled":
        raise VoidError("it is not set")
    if not pushed or events[-1]["created_at"] <= max(pushed):
        raise VoidError("it was set before the last push; remove it, set it again and re-run all jobs")
    login: str = events[-1]["actor"]["login"]
    if not re.fullmatch(r"[A-Za-z0-9-]{1,39}", login):
        raise VoidError("a person must set it")
    if api.get_json(f"collaborators/{login}/permission")["permission"] not in {"admin", "write"}:
        raise VoidError(f"{login} has no write access")
    return login


def main() -> None:
    try:
        login = overridden_by(*_pull(api.event()))
    except VoidError as error:
        print(f"{LABEL}: {error}")
    else:
        print(f"{LABEL}: set by {login}")
        api.write_output("login", login)


def _pull(event: Any) -> tuple[int, str]:
    """Number and newest commit of the pull request."""
    if "pull_request" in event:
        return event["pull_request"]["number"], event["pull_request"]["head"]["sha"]
    number = _queued(event["merge_group"]["head_ref"]) if "merge_group" in event else _merged(os.environ["GITHUB_SHA"])
    return number, api.get_json(f"pulls/{number}")["head"]["sha"]


def _queued(branch: str) -> int:
    """The name of a merge queue's branch tells the number."""
    found = re.search(r"/pr-(\d+)-[0-9a-f]{40}$", branch)
    if not found:
        raise VoidError("this is no pull request")
    return int(found[1])


def _merged(commit: str) -> int:
    """Merged, squashed, rebased or queued: the commit that main moved to is the pull request's `merge_commit_sha`."""
    for pull in api.pages(f"commits/{commit}/pulls"):
        if pull["merged_at"] and pull["merge_commit_sha"] == commit:
            return int(pull["number"])
    raise VoidError("no pull request was merged into this commit")


if __name__ == "__main__":
    main()
