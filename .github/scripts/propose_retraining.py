"""Push new rows to the branch retrain/DATE and open its pull request, one at a time; then start its run.

Calls: propose_retraining.py due FOLDER starts retrain.yml where the look in the folder (monitor.json) says that a new
model is due; propose_retraining.py wanted → output `wanted`, false while one is open; propose_retraining.py open
FOLDER, which holds data.dvc, the evidence (artifacts/monitor/retrain.md) and, where rows may lie in git, .dvc/store.
GitHub starts no run for what its own token opens until somebody approves it, so the run is dispatched.
"""

import json
import os
import sys
import tempfile
import urllib.error
from datetime import UTC, datetime
from pathlib import Path

import github_api
from bot_git import git, repository_url
from project_folder import prefix
from write_issue import find_issue

BRANCH = "retrain/"
TITLE = "Retrain on the rows since the last model"
BODY, STORE = "artifacts/monitor/retrain.md", ".dvc/store"
MOST = 60_000  # characters of a body


def opened() -> int | None:
    """The number of the retraining that is open."""
    owner = os.environ["GITHUB_REPOSITORY"].partition("/")[0]
    for pull in github_api.pages("pulls", state="open"):
        if pull["head"]["ref"].startswith(BRANCH) and pull["head"]["label"].partition(":")[0] == owner:
            return int(pull["number"])
    return None


def push(folder: Path, branch: str) -> None:
    """Commit data.dvc, and the store's objects if they came along, on top of the commit that made them."""
    commit = os.environ["GITHUB_SHA"]
    paths = [folder / "data.dvc", *(path for path in sorted((folder / STORE).rglob("*")) if path.is_file())]
    with tempfile.TemporaryDirectory() as temporary:
        bare = Path(temporary)
        git(bare, "init", "--quiet", "--bare")
        git(bare, "fetch", "--quiet", "--depth=1", repository_url(), commit)
        git(bare, "read-tree", commit)
        for path in paths:
            digest = git(bare, "hash-object", "-w", "--no-filters", str(path.resolve()))
            name = f"{prefix()}{path.relative_to(folder)}"
            git(bare, "update-index", "--add", "--cacheinfo", f"100644,{digest},{name}")
        made = git(
            bare, "commit-tree", "-p", commit, "-m", "Add the rows since the last model", git(bare, "write-tree")
        )
        git(bare, "push", "--quiet", "--force", repository_url(), f"{made}:refs/heads/{branch}")


def open_pull(branch: str, body: str) -> None:
    """Open the pull request and start its run; where the token may not, say how a person does."""
    onto = github_api.event()["repository"]["default_branch"]
    try:
        github_api.post("pulls", title=TITLE, head=branch, base=onto, body=body)
    except urllib.error.HTTPError as error:
        if error.code != 403:  # the setting "Allow GitHub Actions to create and approve pull requests" is off
            raise
        link = f"{repository_url()}/compare/{onto}...{branch}?expand=1"
        print(f"::warning::open the pull request by hand: {link}")
        if number := find_issue():
            github_api.post(f"issues/{number}/comments", body=f"New rows wait: [open the pull request]({link}).")
        return
    github_api.post("actions/workflows/pull-request.yml/dispatches", ref=branch)


def ask(folder: Path) -> None:
    """Start retrain.yml if a new model is due and none is proposed."""
    why = json.loads((folder / "monitor.json").read_text("utf-8"))["retrain"]
    if not why or opened():
        print("no new model is due" if not why else "one is proposed already")
        return
    print(f"::notice::a new model is due: {why!r:.300}")
    onto = github_api.event()["repository"]["default_branch"]
    github_api.post("actions/workflows/retrain.yml/dispatches", ref=onto)


def propose(folder: Path) -> None:
    """Push the rows and open their pull request, unless one is open."""
    if number := opened():
        print(f"::notice::#{number} is open; one retraining at a time")
        return
    branch = f"{BRANCH}{datetime.now(UTC):%Y-%m-%d}"
    push(folder, branch)
    open_pull(branch, (folder / BODY).read_text("utf-8")[:MOST])


def main() -> None:
    match sys.argv[1:]:
        case ["due", folder]:
            ask(Path(folder))
        case ["open", folder]:
            propose(Path(folder))
        case ["wanted"]:
            number = opened()
            if number:
                print(f"::notice::#{number} is open; one retraining at a time")
            github_api.write_output("wanted", "false" if number else "true")
        case _:
            sys.exit(f"error: usage: {sys.argv[0]} due|open FOLDER, or wanted")


if __name__ == "__main__":
    main()
