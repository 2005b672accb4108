"""Merge a later version of the template. What is the project's stays as it is."""

from pathlib import Path

from harness.core.errors import ProjectError
from harness.core.paths import (
    DATA_DVC,
    DVC_LOCK,
    EXAMPLE_PICTURE,
    EXAMPLE_TESTS,
    METRICS_PATH,
    MODEL_DOCUMENT,
    PARAMS_PATH,
    SCHEMA_PATH,
    STORE,
)
from harness.core.shell import git, git_succeeds, try_program
from harness.project.moved import moved_imports, where

REMOTE = "template"
OUR_FOLDERS = ("harness", "tests/harness", "tests/support")  # the template's own: come as they are in its version
# Belong to the data: the project's as soon as the data is.
OF_THE_DATA = (
    SCHEMA_PATH, DATA_DVC, DVC_LOCK, METRICS_PATH, STORE, EXAMPLE_PICTURE, *EXAMPLE_TESTS, MODEL_DOCUMENT,
)  # fmt: skip
# Kept whole if the project changed them; everything else in src/ is merged by line.
HOOKS = tuple(f"src/{name}.py" for name in ("schema", "features", "model", "metrics", "rules"))
OWN_TESTS = ":(glob)tests/*.py"
CONFTEST = "tests/conftest.py"
# By line, and where both sides changed a line the project's: so a new setting comes in beside its values.
BY_LINE = (PARAMS_PATH, Path("README.md"))


def update_template(address: str) -> None:
    """Merge the newest version, fetched from the address (kept as a remote), and commit the merge.

    Raises ProjectError and restores the work tree if that fails. If both sides changed the same lines of a file, it
    raises ProjectError and leaves the merge open, because people must decide.
    """
    if git("rev-parse", "--show-prefix"):
        raise ProjectError(
            "the project must be at the top of its repository, because make update merges the whole repository"
        )
    if git("status", "--porcelain"):
        raise ProjectError("the work tree has changes; commit or stash them first")
    newest = _fetch(address)
    if not git_succeeds("merge-base", "HEAD", newest):
        _join(newest)
    if git_succeeds("merge-base", "--is-ancestor", newest, "HEAD"):
        print("this is the template's newest version already")
    else:
        _merge(newest)
    _tell_moved_imports()


def _fetch(address: str) -> str:
    """The newest commit of the template's default branch; its address is kept as a remote."""
    known = REMOTE in git("remote").splitlines()
    if not address and not known:
        raise ProjectError("FROM is missing; the first time, run: make update FROM=<address of the template>")
    if address.startswith("-"):
        raise ProjectError(f"FROM={address}: must be the address of a git repository")
    git("fetch", "--quiet", "--no-tags", address or REMOTE, "HEAD")
    if address:  # only one that answers is kept
        git("remote", "set-url" if known else "add", REMOTE, address)
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
        f"no version of the template matches this repository's first commit {first[:12]}; find the one that "
        "you started from, and run once: git merge --strategy=ours --allow-unrelated-histories <commit>"
    )


def _merge(newest: str) -> None:
    before = git("rev-parse", "HEAD")
    base = git("merge-base", before, newest)
    done = try_program("git", "merge", "--quiet", "--no-commit", "--no-ff", newest)
    if not git_succeeds("rev-parse", "--verify", "MERGE_HEAD"):
        raise ProjectError(f"git merge: {(done.stderr or done.stdout).strip().splitlines()[0]}")
    try:
        _take_whole(base, newest)
        _keep_own(base)
        for path in map(str, BY_LINE):
            if git("ls-files", "--unmerged", "--", path):
                _keep_own_lines(path)
        unmerged = _names("diff", "-z", "--name-only", "--diff-filter=U")
        if not unmerged:
            git("commit", "--quiet", "--message", f"Merge the template as of {newest[:12]}")
    except ProjectError:
        git("merge", "--abort")
        raise
    _tell_own_edits(base, before)
    if unmerged:
        names = ", ".join(sorted(unmerged))
        raise ProjectError(
            f"both sides changed {names}: edit, git add, git commit (to undo the merge: git merge --abort)"
        )
    print(f"merged the template as of {newest[:12]}; next: make pipeline, make test")


def _take_whole(base: str, newest: str) -> None:
    """The template's folders as they are in its version; a file that the project has added to them stays."""
    theirs, before = _tree(newest, *OUR_FOLDERS), _tree(base, *OUR_FOLDERS)
    _on(before - theirs, "rm", "--quiet", "--force", "--ignore-unmatch")
    _on(theirs, "checkout", newest)


def _keep_own(base: str) -> None:
    """Undo what the merge did to the project's own files."""
    own = _changed(base, "HEAD", *HOOKS, OWN_TESTS) - {CONFTEST}
    if _changed(base, "HEAD", str(DATA_DVC), str(SCHEMA_PATH)):
        own |= {name for commit in ("HEAD", "MERGE_HEAD") for name in _tree(commit, *map(str, OF_THE_DATA))}
    kept = own & _tree("HEAD")
    _on(own - kept, "rm", "--quiet", "--force", "--ignore-unmatch")
    _on(kept, "checkout", "HEAD")


def _keep_own_lines(path: str) -> None:
    """Merge a file by line. Where both sides changed one, or both added the file, the project's is taken."""
    if not all(git_succeeds("cat-file", "-e", f":{stage}:{path}") for stage in (1, 2, 3)):
        git("checkout", "HEAD", "--", path)
        return
    files = [git("unpack-file", git("rev-parse", f":{stage}:{path}")) for stage in (2, 1, 3)]
    git("merge-file", "--ours", *files)
    Path(path).write_bytes(Path(files[0]).read_bytes())
    for file in files:
        Path(file).unlink()
    git("add", "--", path)


def _tell_own_edits(base: str, before: str) -> None:
    edited = _changed(base, before, *OUR_FOLDERS)
    if edited:
        print(
            f"the template's own folders are now as in its version; "
            f"your edits of these files are gone: {', '.join(sorted(edited))}"
        )
        diff = f"git diff {base[:12]} {before[:12]} -- {' '.join(OUR_FOLDERS)}"
        print(f"to see your edits: {diff}; to make them again, append: | git apply -3")


def _tell_moved_imports() -> None:
    for path in sorted([*Path("src").rglob("*.py"), *Path("tests").glob("*.py")]):
        for name in moved_imports(path):
            print(f"{path}: {where(name)}; please import it from there")


def _tree(commit: str, *paths: str) -> set[str]:
    """The files of a commit, of all or of some folders and files."""
    return _names("ls-tree", "-r", "-z", "--name-only", commit, "--", *paths)


def _changed(old: str, new: str, *paths: str) -> set[str]:
    """The files that differ between two commits."""
    return _names("diff", "-z", "--name-only", "--no-renames", old, new, "--", *paths)


def _names(*command: str) -> set[str]:
    return set(git(*command).split("\0")) - {""}


def _on(names: set[str], *command: str) -> None:
    """Run a git command on any number of files with any names."""
    if names:
        listed = ("--pathspec-from-file=-", "--pathspec-file-nul")
        done = try_program(
            "git", *command, *listed, environment={"GIT_LITERAL_PATHSPECS": "1"}, text="\0".join(sorted(names))
        )
        if done.returncode:
            raise ProjectError(f"git {command[0]}: {done.stderr.strip().splitlines()[0]}")
