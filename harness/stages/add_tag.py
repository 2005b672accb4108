"""One more tag in gto's grammar, which says what a stage runs from now on; made here where no workflow makes it."""

import re

from harness.core.errors import ProjectError
from harness.core.shell import git, try_program
from harness.stages.registry import ARTIFACT, OUR_TAGS, fetch_tags, git_reason, read_registry


def add_tag(stage: str, version: str, commit: str, kind: str) -> str:
    """Add the tag at origin, where there is one, and then here; its name.

    Until origin has taken it, it is an object without a name: whatever ends this early leaves no tag behind. Raises
    ProjectError if origin lacks the version's own tag, or if another move was faster, or came after it at once.
    """
    there = has_origin()
    if there:
        _check_version(stage, version)
    number = _next_number()
    tag = f"{ARTIFACT}#{stage}#{number}"
    made = _object(tag, commit, f"{stage}: {version}\n\nKind: {kind}\n")
    if there:
        done = try_program("git", "push", "--quiet", "origin", f"{made}:refs/tags/{tag}")
        if done.returncode and not _arrived(tag, made):
            why = f"another move may have been faster; to see it: make models ({git_reason(done.stderr)})"
            raise ProjectError(f"{stage}: not moved, {why}")
    git("update-ref", f"refs/tags/{tag}", made, "")
    _check_newest(stage, tag, number)
    return tag


def has_origin() -> bool:
    """Whether there is a place that others read the tags from."""
    return "origin" in git("remote").splitlines()


def _check_version(stage: str, version: str) -> None:
    """Raises ProjectError if origin answers and lacks the version: nobody else could read what the stage runs."""
    tag = f"{ARTIFACT}@{version}"
    done = try_program("git", "ls-remote", "origin", f"refs/tags/{tag}", environment={"GIT_TERMINAL_PROMPT": "0"})
    if done.returncode == 0 and not done.stdout:
        told = f"{stage}: not moved, {tag} is in this clone alone, and the stage's tag goes to origin"
        raise ProjectError(f"{told}; first: git push origin {tag}")


def _arrived(tag: str, made: str) -> bool:
    """Whether origin has taken the tag, although its answer was lost."""
    done = try_program("git", "ls-remote", "origin", f"refs/tags/{tag}", environment={"GIT_TERMINAL_PROMPT": "0"})
    return done.stdout.startswith(f"{made}\t")


def _next_number() -> int:
    """gto's counter: one for all stages and for every tag that this clone knows; the server takes each name once."""
    names = git("for-each-ref", "--format=%(refname)", *OUR_TAGS)
    return 1 + max(map(int, re.findall(r"#(\d+)$", names, re.MULTILINE | re.ASCII)), default=0)


def _object(tag: str, commit: str, message: str) -> str:
    """The hash of a tag that has no name yet."""
    tagger = git("var", "GIT_COMMITTER_IDENT")
    head = f"object {commit}\ntype commit\ntag {tag}\ntagger {tagger}\n"
    done = try_program("git", "mktag", text=f"{head}\n{message}By: {tagger.partition(' <')[0]}\n")
    if done.returncode:
        raise ProjectError(f"git mktag: {git_reason(done.stderr)}")
    return done.stdout.strip()


def _check_newest(stage: str, tag: str, number: int) -> None:
    """A number is no lock, since all stages share the counter: a higher one may have arrived before this tag."""
    if why := fetch_tags():
        print(f"note: origin could not be asked whether another move came after {tag}: {why}")
    now = read_registry().current(stage)
    if now is None or now.number != number:
        runs = f"{now.version}, by {now.by}" if now else "nothing"
        raise ProjectError(f"{stage}: {tag} is added, but a later move counts: {stage} runs {runs}; see make models")
