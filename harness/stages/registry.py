"""What the tags of a repository say, in gto's grammar: which commits are versions, and which version a stage runs.

`model@v1.2.0` registers, `model#prod#7` assigns, `model#prod!#8` takes away. Tags are only ever added. The message of
each holds what people ask about it as lines `Key: value`, so that a clone knows it all without any other service.
"""

import math
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from harness.core.shell import git, try_program
from harness.project.web_address import one_line
from harness.stages.tag_date import iso_date
from harness.stages.version_names import no_such_version

ARTIFACT = "model"
TAG_PLACE = ("objecttype", "*objecttype")  # of a tag of ours: a tag with a message, at a commit
TAG_PARTS = (*TAG_PLACE, "refname:strip=2", "*objectname", "taggerdate:raw", "taggername", "contents")
OUR_TAGS = tuple(f"refs/tags/{ARTIFACT}{sign}*" for sign in "@#")
FETCHED = tuple(f"{pattern}:{pattern}" for pattern in OUR_TAGS)
AssignmentKind = Literal["promotion", "rollback", "withdrawal"]


class Tag(NamedTuple):
    """A tag with a message, at a commit."""

    name: str
    commit: str
    date: str
    by: str
    message: str


@dataclass(frozen=True)
class Version:
    """A registered model: a commit, and what was recorded of it."""

    name: str  # v1.2.0
    commit: str
    date: str  # ISO 8601
    facts: Mapping[str, str]  # Data, Model, Image, Metric, Value, Low, High, Change

    @property
    def order(self) -> tuple[int, int, int]:
        major, minor, patch = self.name.removeprefix("v").split(".")
        return int(major), int(minor), int(patch)

    def number(self, fact: str) -> float | None:
        """A fact that is a finite number, if it was recorded."""
        try:
            value = float(self.facts[fact])
        except (KeyError, ValueError):
            return None
        return value if math.isfinite(value) else None


@dataclass(frozen=True)
class Assignment:
    """From when on a stage runs a version, or, withdrawn, no longer does."""

    stage: str
    number: int
    version: str
    date: str
    by: str
    kind: AssignmentKind
    reason: str


@dataclass(frozen=True)
class Registry:
    """All versions, the oldest first, and all assignments in their order."""

    versions: tuple[Version, ...]
    assignments: tuple[Assignment, ...]

    def version(self, name: str) -> Version:
        """Raises ProjectError if there is no such version."""
        for version in self.versions:
            if version.name == name:
                return version
        raise no_such_version(name, [version.name for version in self.versions])

    def known(self, names: Iterable[str]) -> list[Version]:
        """Those that are versions: anybody can put a stage's tag at a commit that is not one."""
        return [version for name in names for version in self.versions if version.name == name]

    def of(self, stage: str) -> list[Assignment]:
        return [assignment for assignment in self.assignments if assignment.stage == stage]

    def current(self, stage: str) -> Assignment | None:
        """The assignment that holds, if the stage runs anything: the last whose version was not taken away since."""
        return next(iter(self._held(stage)[::-1]), None)

    def running(self, stage: str) -> Version | None:
        """What answers there: the last known version of its assignments, since no other can have been deployed."""
        return next(iter(self.known(one.version for one in self._held(stage)[::-1])), None)

    def last_before(self, stage: str) -> Version | None:
        """The version that the stage ran until its present assignment."""
        return next(iter(self.known(one.version for one in self._held(stage)[:-1][::-1])), None)

    def _held(self, stage: str) -> list[Assignment]:
        """Of each version that was not taken away since the last assignment, in their order."""
        held: list[Assignment] = []
        for one in self.of(stage):
            held = [other for other in held if other.version != one.version]
            held += [] if one.kind == "withdrawal" else [one]
        return held

    def before(self, stage: str) -> str | None:
        """The version that a rollback returns to: the one under the present one, as promotions piled them up."""
        pile: list[str] = []
        for one in self.of(stage):
            if one.kind == "withdrawal":
                pile = [version for version in pile if version != one.version]
            elif one.kind == "rollback" and one.version in pile:
                del pile[pile.index(one.version) + 1 :]
            else:
                pile = [version for version in pile if version != one.version] + [one.version]
        return next((version.name for version in self.known(pile[:-1][::-1])), None)

    def goes_back(self, move: Assignment) -> bool:
        """Whether it is a rollback: to a version that the stage ran before, whatever a tag added by hand says."""
        earlier = self.of(move.stage)
        return move.kind == "rollback" and move.version in {one.version for one in earlier[: earlier.index(move)]}

    def stages(self) -> list[str]:
        """Every stage that was ever assigned."""
        return list(dict.fromkeys(assignment.stage for assignment in self.assignments))


def fetch_tags() -> str:
    """Bring the tags of origin, where there is one; why it could not be asked, if so."""
    if "origin" not in git("remote").splitlines():
        return ""
    quiet = {"GIT_TERMINAL_PROMPT": "0"}
    done = try_program("git", "fetch", "--no-tags", "origin", *FETCHED, environment=quiet)  # --quiet hides refusals
    return git_reason(done.stderr) if done.returncode else ""


def git_reason(errors: str) -> str:
    """The line in which git says what it refused, or what went wrong first."""
    lines = [line for line in errors.strip().split("\n") if line.strip() and not line.startswith("From ")]
    refused = (line for line in lines if line.startswith(" ! "))
    return one_line(" ".join(next(refused, (lines or ["failed"])[0]).split()))


def read_registry() -> Registry:
    """What this clone's tags say. Tags without a message are nobody's record and are left out, as gto does."""
    from gto.tag import parse_name  # noqa: PLC0415  takes a second

    versions, assignments = [], []
    for tag in _tags():
        parsed = parse_name(tag.name, raise_on_fail=False)
        action = parsed["action"].value if parsed.get("name") == ARTIFACT and "action" in parsed else ""
        if action == "register" and re.fullmatch(rf"{ARTIFACT}@v\d+\.\d+\.\d+", tag.name, re.ASCII):
            versions.append(Version(parsed["version"], tag.commit, tag.date, facts_of(tag.message)))
        elif action in {"assign", "unassign"} and "counter" in parsed:
            assignments.append((parsed["counter"], parsed["stage"], action, tag))
    names: dict[str, list[str]] = {}
    for version in versions:
        names.setdefault(version.commit, []).append(version.name)
    # Two moves of different stages at once may have one number.
    found = [_assignment(names, *one) for one in sorted(assignments, key=lambda one: (int(one[0]), one[3].date))]
    return Registry(tuple(sorted(versions, key=lambda version: version.order)), tuple(found))


def _assignment(versions: Mapping[str, list[str]], number: int, stage: str, action: str, tag: Tag) -> Assignment:
    """Of a commit with several versions, the one that the tag's first line names."""
    known = versions.get(tag.commit, [tag.commit[:12]])
    told = tag.message.partition("\n")[0].removeprefix(f"{stage}: ")
    facts, version = facts_of(tag.message), told if told in known else known[-1]
    kind: AssignmentKind = "rollback" if facts.get("Kind") == "rollback" else "promotion"
    kind = "withdrawal" if action == "unassign" else kind
    by, reason = one_line(facts.get("By", tag.by)), one_line(facts.get("Reason", ""))
    return Assignment(stage, number, version, tag.date, by, kind, reason)


def facts_of(message: str) -> dict[str, str]:
    """The lines `Key: value` of a tag's message."""
    return dict(re.findall(r"^([A-Z][a-z]+): (.+)$", message, re.MULTILINE))


def _tags() -> list[Tag]:
    """Every tag of ours that has a message and a date and is at a commit.

    What ends one is drawn anew each time, and git's text holds no NUL: so no message can pretend to be another tag.
    """
    end = secrets.token_hex(16)
    form = "%00".join(f"%({part})" for part in TAG_PARTS) + f"%00{end}"
    records = git("for-each-ref", f"--format={form}", *OUR_TAGS).split(f"\0{end}")
    parts = [record.lstrip("\n").split("\0") for record in records]
    ours = [found[2:] for found in parts if len(found) == len(TAG_PARTS) and found[:2] == ["tag", "commit"]]
    return [Tag(name, commit, date, *more) for name, commit, raw, *more in ours if (date := iso_date(raw))]
