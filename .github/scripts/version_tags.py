"""The tags that say which commits are versions of the model, in gto's grammar: model@v1.2.0. They are only added."""

import http.client
import json
import re
import sys
import time
import urllib.error
import urllib.parse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import github_api

REF = re.compile(r"refs/tags/model@v(\d+)\.(\d+)\.(\d+)", re.ASCII)
FACT = re.compile(r"[A-Z][a-z]+")
TRIES, PAUSE = 4, 2.0  # how often a tag is asked for whose answer was lost, and seconds between
LOST = (OSError, http.client.HTTPException)  # what ends a request without an answer; OSError: HTTPError too
Number = tuple[int, int, int]


def register(described: Path, commit: str, image: str) -> str:
    """Give a commit the version that follows the highest one, unless it has that one already; the version."""
    new: dict[str, Any] = json.loads(described.read_text("utf-8"))
    last, facts = _last(), {**new["facts"], "Image": image}
    if last and commit_of(last[1]) == commit:
        _check_is_ours(_name(last[0]), last[1], facts)
        return _name(last[0])
    name = _name(following(last[0], new["level"]) if last else (1, 0, 0))
    if not all(FACT.fullmatch(key) and len(str(value).splitlines()) == 1 for key, value in facts.items()):
        sys.exit(f"error: {described}: must hold facts of one line each")
    lines = "\n".join(f"{key}: {value}" for key, value in facts.items())
    add_tag(f"model@{name}", commit, f"model {name}\n\n{lines}\n")
    return name


def _check_is_ours(name: str, tag: str, facts: Mapping[str, object]) -> None:
    """Exit if a version at our commit is of another model or image: whoever may push may add tags."""
    lines = str(github_api.get_json(f"git/tags/{tag}")["message"]).split("\n")
    other = [key for key in ("Model", "Image") if key in facts and f"{key}: {facts[key]}" not in lines]
    if other:
        told = f"model@{name} is at this commit already, with another {' and '.join(other)} than this run's"
        sys.exit(f"error: {told}: nothing is released; push another commit, which gets the next version")


def following(last: Number, level: str) -> Number:
    """The next number. KeyError if that is no level."""
    major, minor, patch = last
    return {"major": (major + 1, 0, 0), "minor": (major, minor + 1, 0), "patch": (major, minor, patch + 1)}[level]


def add_tag(name: str, commit: str, message: str) -> None:
    """Make a tag with a message. HTTPError if there is another of this name, one of LOST if nobody can say.

    A connection can be lost when the server has added the tag already: then the server is asked.
    """
    made = str(github_api.post("git/tags", tag=name, object=commit, type="commit", message=message)["sha"])
    for left in reversed(range(TRIES)):
        try:
            github_api.post("git/refs", ref=f"refs/tags/{name}", sha=made)
            return
        except LOST as error:
            found = _tag_at(name)
            if found == made:
                return
            refused = isinstance(error, urllib.error.HTTPError) and error.code < 500
            if not left or (refused and found is not None):
                raise
        time.sleep(PAUSE)


def _tag_at(name: str) -> str | None:
    """The hash of the tag of this name, empty if there is none; None if the server does not say."""
    try:
        refs = github_api.get_json(f"git/matching-refs/tags/{urllib.parse.quote(name)}")
    except LOST:
        return None
    return next((str(ref["object"]["sha"]) for ref in refs if ref["ref"] == f"refs/tags/{name}"), "")


def _last() -> tuple[Number, str] | None:
    """The highest version, and its tag's hash."""
    found = [
        ((int(match[1]), int(match[2]), int(match[3])), ref["object"]["sha"])
        for ref in github_api.pages("git/matching-refs/tags/model@v")
        if (match := REF.fullmatch(ref["ref"])) and ref["object"]["type"] == "tag"
    ]
    return max(found, default=None)


def commit_of(tag: str) -> str:
    """Of a tag's own hash."""
    return str(github_api.get_json(f"git/tags/{tag}")["object"]["sha"])


def _name(number: Number) -> str:
    return "v" + ".".join(map(str, number))
