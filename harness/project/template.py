"""Command behind `make update`: merge a later version of the template; what `make adopt` made yours stays as it is."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from harness.core.command import run
from harness.core.errors import ProjectError
from harness.core.paths import DATA_DVC, METRICS_PATH, PARAMS_PATH, STORE
from harness.core.shell import git
from harness.data.roles import SCHEMA

REMOTE = "template"
EXAMPLE_TEST = Path("tests/test_behaviour.py")
# Yours as a whole; and by line, so that a new setting of the template comes in beside your values.
OWN = (Path(SCHEMA), DATA_DVC, Path("dvc.lock"), METRICS_PATH, STORE, EXAMPLE_TEST)
OWN_LINES = (PARAMS_PATH, Path("README.md"))


def update_template(address: str) -> None:
    if git("status", "--porcelain"):
        raise ProjectError("the work tree has changes; commit or stash them first")
    newest = _fetch(address)
    if not _is_known("merge-base", "HEAD", newest):
        _join(newest)
    if _is_known("merge-base", "--is-ancestor", newest, "HEAD"):
        print("this is the template's newest version already")
        return
    merge = ["git", "merge", "--quiet", "--no-commit", "--no-ff", newest]
    done = subprocess.run(merge, capture_output=True, text=True, check=False)
    if not _is_known("rev-parse", "--verify", "MERGE_HEAD"):
        raise ProjectError(f"git merge: {(done.stderr or done.stdout).strip().splitlines()[0]}")
    if not EXAMPLE_TEST.exists() or not _is_known("cat-file", "-e", f"HEAD:{EXAMPLE_TEST}"):
        _keep_own()
    open_ = git("diff", "--name-only", "--diff-filter=U").splitlines()
    if open_:
        raise ProjectError(f"both sides changed {', '.join(open_)}: edit, git add, git commit (or git merge --abort)")
    git("commit", "--quiet", "--message", f"Merge the template as of {newest[:12]}")
    print(f"merged the template as of {newest[:12]}; next: make pipeline, make test")


def _fetch(address: str) -> str:
    """The newest commit of the template's default branch; its address is kept as a remote."""
    known = REMOTE in git("remote").splitlines()
    if not address and not known:
        raise ProjectError("FROM is missing; the first time call: make update FROM=<address of the template>")
    if address:
        git("remote", "set-url" if known else "add", REMOTE, address)
    git("fetch", "--quiet", "--no-tags", REMOTE, "HEAD")
    return git("rev-parse", "FETCH_HEAD")


def _join(newest: str) -> None:
    """A repository made by *Use this template* begins with one of the template's trees, but without its history."""
    first = git("rev-list", "--max-parents=0", "HEAD").splitlines()[-1]
    tree = git("rev-parse", f"{first}^{{tree}}")
    for line in git("log", "--format=%T %H", newest).splitlines():
        if line.startswith(tree):
            commit = line.split()[1]
            message = f"Begin with the template as of {commit[:12]}"
            git("merge", "--quiet", "--strategy=ours", "--allow-unrelated-histories", "--message", message, commit)
            return
    raise ProjectError(
        f"no version of the template is this repository's first commit {first[:12]}; name the one that it was made of "
        "once: git merge --strategy=ours --allow-unrelated-histories <commit>"
    )


def _keep_own() -> None:
    """Take back what the merge did to the project's own files."""
    own = list(map(str, OWN))
    git("rm", "-r", "--quiet", "--force", "--ignore-unmatch", "--", *own)
    kept = git("ls-tree", "-r", "--name-only", "HEAD", "--", *own).splitlines()
    if kept:
        git("checkout", "HEAD", "--", *kept)
    for path in map(str, OWN_LINES):
        if git("ls-files", "--unmerged", "--", path):
            _keep_own_lines(path)


def _keep_own_lines(path: str) -> None:
    sides = [git("rev-parse", f":{stage}:{path}") for stage in (2, 1, 3)]
    files = [_checked_out(side) for side in sides]
    git("merge-file", "--ours", *files)
    Path(path).write_bytes(Path(files[0]).read_bytes())
    for file in files:
        Path(file).unlink()
    git("add", "--", path)


def _checked_out(blob: str) -> str:
    return git("unpack-file", blob)


def _is_known(*arguments: str) -> bool:
    return subprocess.run(["git", *arguments], capture_output=True, check=False).returncode == 0


def main(arguments: Sequence[str]) -> None:
    address = arguments[0] if arguments else ""
    if address in {"-h", "--help"}:
        sys.exit(f"{__doc__}\ncall: make update FROM=<address of the template>; from the second time on: make update")
    run(update_template, address)


if __name__ == "__main__":
    main(sys.argv[1:])
