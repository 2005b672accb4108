"""The tags that say which commits are versions of the model, in gto's grammar: model@v1.2.0. They are only added."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import github_api

REF = re.compile(r"refs/tags/model@v(\d+)\.(\d+)\.(\d+)")
FACT = re.compile(r"[A-Z][a-z]+")
Number = tuple[int, int, int]


def register(described: Path, commit: str, image: str) -> str:
    """Give a commit the version that follows the highest one, unless it has that one already; the version."""
    new: dict[str, Any] = json.loads(described.read_text("utf-8"))
    last = _last()
    if last and _commit_of(last[1]) == commit:
        return _name(last[0])
    name = _name(following(last[0], new["level"]) if last else (1, 0, 0))
    facts = {**new["facts"], "Image": image}
    if not all(FACT.fullmatch(key) and len(str(value).splitlines()) == 1 for key, value in facts.items()):
        sys.exit(f"error: {described}: must hold facts of one line each")
    lines = "\n".join(f"{key}: {value}" for key, value in facts.items())
    add_tag(f"model@{name}", commit, f"model {name}\n\n{lines}\n")
    return name


def following(last: Number, level: str) -> Number:
    """The next number. KeyError if that is no level."""
    major, minor, patch = last
    return {"major": (major + 1, 0, 0), "minor": (major, minor + 1, 0), "patch": (major, minor, patch + 1)}[level]


def add_tag(name: str, commit: str, message: str) -> None:
    """Make a tag with a message. HTTPError if there is one of this name."""
    made = github_api.post("git/tags", tag=name, object=commit, type="commit", message=message)
    github_api.post("git/refs", ref=f"refs/tags/{name}", sha=made["sha"])


def _last() -> tuple[Number, str] | None:
    """The highest version, and its tag's hash."""
    found = [
        ((int(match[1]), int(match[2]), int(match[3])), ref["object"]["sha"])
        for ref in github_api.pages("git/matching-refs/tags/model@v")
        if (match := REF.fullmatch(ref["ref"])) and ref["object"]["type"] == "tag"
    ]
    return max(found, default=None)


def _commit_of(tag: str) -> str:
    return str(github_api.get_json(f"git/tags/{tag}")["object"]["sha"])


def _name(number: Number) -> str:
    return "v" + ".".join(map(str, number))
