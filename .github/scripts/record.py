"""Commit main's results on top of main → output `refused`: true where main is protected.

They are those of GITHUB_SHA: if others were recorded since, they stay.
"""

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import api
from server import environment, git

BRANCH = "refs/heads/main"
RESULTS = ("dvc.lock", "artifacts/evaluation/metrics.json")
TRIES = 6


def record(results: Path, commit: str) -> str:
    """Push; what became of it: unchanged, newer, recorded or refused. A push that was overtaken is made again."""
    for attempt in range(TRIES):
        with tempfile.TemporaryDirectory() as temporary:
            outcome = _push(Path(temporary), results, commit)
        if outcome != "overtaken":
            return outcome
        time.sleep(random.uniform(0.2, 1) * 2**attempt)  # noqa: S311 no secret
    sys.exit(f"error: {BRANCH} changed {TRIES} times while it was written")


def _push(folder: Path, results: Path, commit: str) -> str:
    remote = f"{os.environ['GITHUB_SERVER_URL']}/{os.environ['GITHUB_REPOSITORY']}"
    git(folder, "init", "--quiet", "--bare")
    git(folder, "fetch", "--quiet", "--depth=1", remote, f"+{BRANCH}:{BRANCH}", f"+{commit}:refs/heads/commit")
    made = {name: git(folder, "hash-object", "-w", str((results / name).resolve())) for name in RESULTS}
    tip, then = (_recorded(folder, revision) for revision in (BRANCH, commit))
    if tip == made:
        return "unchanged"
    if tip != then:
        return "newer"
    git(folder, "read-tree", BRANCH)
    for name, digest in made.items():
        git(folder, "update-index", "--add", "--cacheinfo", f"100644,{digest},{name}")
    message = f"Record the results of {commit[:12]} [skip ci]"
    new = git(folder, "commit-tree", "-p", BRANCH, "-m", message, git(folder, "write-tree"))
    command = ["git", "push", "--porcelain", remote, f"{new}:{BRANCH}"]
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    print(done.stdout + done.stderr)
    if done.returncode == 0:
        return "recorded"
    # A protected branch declines; a branch that moved, or that another push has locked, rejects.
    return "refused" if "declined" in done.stdout + done.stderr else "overtaken"


def _recorded(folder: Path, revision: str) -> dict[str, str]:
    listed = git(folder, "ls-tree", revision, "--", *RESULTS).splitlines()
    return {line.split("\t")[1]: line.split()[2] for line in listed}


def main() -> None:
    outcome = record(Path(sys.argv[1]), os.environ["GITHUB_SHA"])
    print(f"::notice::results: {outcome}")
    api.write_output("refused", "true" if outcome == "refused" else "false")


if __name__ == "__main__":
    main()
