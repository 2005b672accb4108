"""Propose main's results as a pull request, where the default branch is protected. Call: propose_results.py FOLDER.

GitHub starts no workflow for what its own token opens until somebody with write access approves it.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import github_api
from bot_git import git, repository_url
from record_results import commit_results

BODY = "What the run of {commit} measured. GitHub starts its checks once somebody with write access approves them."
WAITS = "The results' pull request waits for somebody to merge it; Settings, General, Allow auto-merge spares that."


def propose(results: Path, commit: str, branch: str, onto: str) -> None:
    """Push the results to a branch of their own and open a pull request."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        git(folder, "init", "--quiet", "--bare")
        git(folder, "fetch", "--quiet", "--depth=1", repository_url(), f"+{commit}:refs/heads/commit")
        made = commit_results(folder, results, "refs/heads/commit", f"Record the results of {commit[:12]}")
        git(folder, "push", "--quiet", repository_url(), f"{made}:refs/heads/{branch}")
    title = f"Record the results of {commit[:12]}"
    repository = f"--repo={os.environ['GITHUB_REPOSITORY']}"
    command = ["gh", "pr", "create", repository, f"--head={branch}", f"--base={onto}"]
    subprocess.run([*command, f"--title={title}", f"--body={BODY.format(commit=commit)}"], check=True)
    # It merges itself once its checks are green, where the repository allows that.
    if subprocess.run(["gh", "pr", "merge", branch, repository, "--auto", "--squash"], check=False).returncode:
        print(f"::notice::{WAITS}")


def main() -> None:
    branch = f"results-{os.environ['GITHUB_RUN_ID']}-{os.environ['GITHUB_RUN_ATTEMPT']}"
    onto = github_api.event()["repository"]["default_branch"]
    propose(Path(sys.argv[1]), os.environ["GITHUB_SHA"], branch, onto)


if __name__ == "__main__":
    main()
