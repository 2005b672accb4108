"""Commit main's results on top of the default branch → output `refused`: true where it is protected.

They are those of GITHUB_SHA: if others were recorded since, they stay. Call: record_results.py FOLDER.
"""

import os
import sys
from pathlib import Path

import github_api
from bot_git import git, repository_url, try_git, until_not_overtaken
from project_folder import prefix

RESULTS = ("dvc.lock", "artifacts/evaluation/metrics.json")


def record(results: Path, commit: str, branch: str) -> str:
    """Push; what became of it: unchanged, newer, recorded or refused."""
    return until_not_overtaken(lambda folder: _push(folder, results, commit, f"refs/heads/{branch}"), branch)


def commit_results(folder: Path, results: Path, parent: str, message: str) -> str:
    """A commit of the results on top of another one; nothing is pushed."""
    git(folder, "read-tree", parent)
    for name, digest in stored(folder, results).items():
        git(folder, "update-index", "--add", "--cacheinfo", f"100644,{digest},{name}")
    return git(folder, "commit-tree", "-p", parent, "-m", message, git(folder, "write-tree"))


def stored(folder: Path, results: Path) -> dict[str, str]:
    """The results as git's objects, by their paths in the repository."""
    made = {name: git(folder, "hash-object", "-w", str((results / name).resolve())) for name in RESULTS}
    return {f"{prefix()}{name}": digest for name, digest in made.items()}


def _push(folder: Path, results: Path, commit: str, branch: str) -> str:
    git(folder, "init", "--quiet", "--bare")
    commits = (f"+{branch}:{branch}", f"+{commit}:refs/heads/commit")
    git(folder, "fetch", "--quiet", "--depth=1", repository_url(), *commits)
    made = stored(folder, results)
    tip, then = (_recorded(folder, revision, *made) for revision in (branch, commit))
    if tip == made:
        return "unchanged"
    if tip != then:
        return "newer"
    new = commit_results(folder, results, branch, f"Record the results of {commit[:12]} [skip ci]")
    done = try_git(folder, "push", "--porcelain", repository_url(), f"{new}:{branch}")
    print(done.stdout + done.stderr)
    if done.returncode == 0:
        return "recorded"
    # A protected branch declines; a branch that moved, or that another push has locked, rejects.
    return "refused" if "declined" in done.stdout + done.stderr else "overtaken"


def _recorded(folder: Path, revision: str, *paths: str) -> dict[str, str]:
    listed = git(folder, "ls-tree", revision, "--", *paths).splitlines()
    return {line.split("\t")[1]: line.split()[2] for line in listed}


def main() -> None:
    branch = github_api.event()["repository"]["default_branch"]
    outcome = record(Path(sys.argv[1]), os.environ["GITHUB_SHA"], branch)
    print(f"::notice::results: {outcome}")
    github_api.write_output("refused", "true" if outcome == "refused" else "false")


if __name__ == "__main__":
    main()
