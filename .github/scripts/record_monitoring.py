"""State and history of the monitor, on the branch `monitoring`: `restore FOLDER` brings them, `save FOLDER` adds.

The branch only grows: a commit a look. A state that is not what the branch had, plus lines, is refused.
"""

import sys
from pathlib import Path
from shutil import copy

from bot_git import git, repository_url, try_git, until_not_overtaken

BRANCH = "refs/heads/monitoring"
KEPT = ("state.jsonl", "monitor.json", "monitor.md", "drift.png", "evidence.png", "monitor.prom")
LARGEST = 20_000_000


def restore(target: Path) -> str:
    """Bring what the branch holds to a folder; the commit, or nothing where there is no branch yet."""
    return until_not_overtaken(lambda folder: _bring(folder, target), BRANCH)


def save(source: Path) -> None:
    """Push a look's files as one commit."""
    until_not_overtaken(lambda folder: _push(folder, source), BRANCH)


def _fetch(folder: Path) -> str:
    git(folder, "init", "--quiet")
    old = git(folder, "ls-remote", repository_url(), BRANCH).split("\t")[0]
    if old:
        git(folder, "fetch", "--quiet", "--depth=1", repository_url(), BRANCH)
        git(folder, "checkout", "--quiet", "FETCH_HEAD")
    return old


def _bring(folder: Path, target: Path) -> str:
    old = _fetch(folder)
    target.mkdir(parents=True, exist_ok=True)
    for name in KEPT:
        if (folder / name).is_file():
            copy(folder / name, target / name)
    return old or "none"


def _push(folder: Path, source: Path) -> str:
    old = _fetch(folder)
    before = (folder / KEPT[0]).read_bytes() if (folder / KEPT[0]).is_file() else b""
    if not (source / KEPT[0]).read_bytes().startswith(before):
        sys.exit(f"error: {source / KEPT[0]}: does not continue what the branch holds; run the look again")
    for name in KEPT:
        path = source / name
        if path.is_file() and not path.is_symlink() and path.stat().st_size <= LARGEST:
            copy(path, folder / name)
    git(folder, "add", "--all")
    parent = ["-p", old] if old else []
    commit = git(folder, "commit-tree", *parent, "-m", "A look at the running model", git(folder, "write-tree"))
    lease = f"--force-with-lease={BRANCH}:{old}"
    done = try_git(folder, "push", "--quiet", lease, repository_url(), f"{commit}:{BRANCH}")
    return "overtaken" if done.returncode else "pushed"


def main() -> None:
    actions = {"restore": restore, "save": save}
    if len(sys.argv) != 3 or sys.argv[1] not in actions:
        sys.exit(f"error: usage: {sys.argv[0]} restore|save FOLDER")
    actions[sys.argv[1]](Path(sys.argv[2]))


if __name__ == "__main__":
    main()
