"""Command behind `make models`: every version, what runs where and since when, and how it came to that."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from harness.core.paths import HISTORY_PICTURE
from harness.core.shell import git, try_program
from harness.project.web_address import one_line
from harness.report.numbers import interval, number
from harness.stages.history_picture import draw_history
from harness.stages.registry import OUR_TAGS, Assignment, Registry, fetch_tags, read_registry

MOST_MOVES = 20
VERBS = {"promotion": "runs", "rollback": "is back at", "withdrawal": "no longer runs"}


def show_models(picture: Path = HISTORY_PICTURE) -> None:
    """Print the versions and the moves of the stages, and draw the versions' primary metric."""
    why = fetch_tags()
    registry = read_registry()
    if why:
        print(f"note: origin could not be asked, so this is what this clone knows: {why}")
    elif own := _tags_only_here():
        told = ", ".join(one_line(name) for name in own[:MOST_MOVES])
        print(f"note: only this clone has {told}: push it, or delete it with git tag --delete NAME")
    if not registry.versions:
        print("no version yet: publish.yml registers one for each commit that it publishes")
        print("to try versions and stages without GitHub: docs/deploy.md")
        return
    print("\n".join(version_lines(registry)))
    if registry.assignments:
        print("\n" + "\n".join(move_lines(registry.assignments[-MOST_MOVES:])))
    drawn = draw_history(registry, picture)
    if drawn:
        print(f"\n{picture}: {drawn}")


def _tags_only_here() -> list[str]:
    """Those of our tags that origin, where it answers, does not have: nobody else sees what they say."""
    if "origin" not in git("remote").splitlines():
        return []
    done = try_program("git", "ls-remote", "--tags", "origin", *OUR_TAGS, environment={"GIT_TERMINAL_PROMPT": "0"})
    here = git("for-each-ref", "--format=%(refname)", *OUR_TAGS).splitlines()
    there = {line.partition("\t")[2] for line in done.stdout.splitlines()}
    return [] if done.returncode else [name.removeprefix("refs/tags/") for name in here if name not in there]


def version_lines(registry: Registry) -> list[str]:
    """A table, the newest version on top."""
    runs = defaultdict(list)
    for stage in registry.stages():
        if found := registry.current(stage):
            runs[found.version].append(f"{stage} since {_minute(found.date)} by {found.by}")
    names = ("version", "commit", "published", "data", "metric", "test", "95 % interval")
    lines = ["{:9} {:12} {:16} {:12} {:16} {:>7} {:19} stage".format(*names)]
    for version in reversed(registry.versions):
        facts = {key: one_line(value) for key, value in version.facts.items()}
        shown = number(version.number("Value"))
        interval_shown = interval(version.number("Low"), version.number("High"))
        lines.append(
            f"{version.name:9} {version.commit[:12]} {_minute(version.date)} {facts.get('Data', '–')[:12]:12} "
            f"{facts.get('Metric', '–'):16.16} {shown or '–':>7} {interval_shown or '–':19} "
            f"{'; '.join(runs[version.name])}".rstrip()
        )
    return lines


def move_lines(assignments: Iterable[Assignment]) -> list[str]:
    """A line for each move of a stage, in their order."""
    return [
        f"{_minute(one.date)}  {one.stage} {VERBS[one.kind]} {one.version}, by {one.by}"
        + (f": {one.reason}" if one.reason else "")
        for one in assignments
    ]


def _minute(moment: str) -> str:
    """2026-01-31 09:05 of a date with seconds and a zone, in that zone."""
    return moment[:16].replace("T", " ")
