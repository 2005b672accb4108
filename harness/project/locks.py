"""The locks, solved as one problem: first what everybody installs, then the parts of it, and what is optional more."""

import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from harness.core.errors import ProjectError
from harness.core.files import write_bytes
from harness.core.paths import LOCKS, OPTIONAL_LOCKS, SEPARATE_LOCKS
from harness.core.shell import try_program
from harness.index_settings import index_settings
from harness.project.lock_hashes import check_hashes, without_hashes
from harness.project.restoring import restoring

PROJECT_FILE = Path("pyproject.toml")
WHOLE_GROUP = "dev"  # the group that holds the others
# One lock for every Python and system, with hashes; uv writes no index address unless an option asks for it.
UV_OPTIONS = "--quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes --no-annotate"
COMPILE = (*UV_OPTIONS.split(), "--custom-compile-command", "make lock")
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)
OTHER_SIDE = re.compile(r"^(\|{7}.*?^)?={7}\n.*?^>{7}[^\n]*\n", re.MULTILINE | re.DOTALL)
OUR_SIDE = re.compile(r"^<{7}[^\n]*\n", re.MULTILINE)

Versions = dict[str, str]


def renew_locks(upgrade: bool = False) -> None:
    """Compile pyproject.toml's groups into requirements/, all of them or none; print which versions changed.

    A package keeps its locked version where the groups allow it, or moves to its newest one (`upgrade`). A lock with
    git's conflict markers is read as our side of it. Raises ProjectError if no versions go together, or a lock was
    edited by hand so that its hashes are of other files.
    """
    optional = {group: path for group, path in OPTIONAL_LOCKS.items() if path.exists()}
    paths = [*LOCKS.values(), *optional.values()]
    before = {path: path.read_text("utf-8") if path.exists() else "" for path in paths}
    settings = index_settings(sys.executable, Path())
    with tempfile.TemporaryDirectory() as name:
        made = {path: Path(name) / path.name for path in paths}
        for path, text in before.items():
            made[path].write_text(_our_side(text), "utf-8")
        whole = made[LOCKS[WHOLE_GROUP]]
        _compile(WHOLE_GROUP, whole, settings, *(["--upgrade"] if upgrade else []))
        for group in LOCKS.keys() - {WHOLE_GROUP}:
            _compile(group, made[LOCKS[group]], settings, "--constraint", str(whole))
        for group, path in optional.items():
            _compile(group, made[path], settings, "--constraint", str(whole), *(["--upgrade"] if upgrade else []))
        asked = Path(name) / "asked.txt"
        asked.write_text(without_hashes(whole.read_text("utf-8")), "utf-8")
        _compile(WHOLE_GROUP, asked, settings)
        check_hashes({path: made[path].read_text("utf-8") for path in before}, asked.read_text("utf-8"))
        with restoring(paths):
            for path, temporary in made.items():
                if temporary.read_text("utf-8") != before[path]:
                    write_bytes(path, temporary.read_bytes())
    for path, text in before.items():
        _tell(path, text)


def renew_separate_locks(upgrade: bool = False) -> None:
    """Compile the groups that have environments of their own: each one problem, for it need not fit the others.

    Raises ProjectError if the versions of one do not go together; it stays as it was then.
    """
    settings = index_settings(sys.executable, Path())
    for group, path in SEPARATE_LOCKS.items():
        before = path.read_text("utf-8") if path.exists() else ""
        with tempfile.TemporaryDirectory() as name:
            made = Path(name) / path.name
            made.write_text(_our_side(before), "utf-8")
            _compile(group, made, settings, *(["--upgrade"] if upgrade else []))
            if made.read_text("utf-8") != before:
                write_bytes(path, made.read_bytes())
        _tell(path, before)


def _tell(path: Path, before: str) -> None:
    print(f"{path}: {_difference(locked_versions(before), locked_versions(path.read_text('utf-8')))}")


def _compile(group: str, output: Path, settings: Mapping[str, str], *options: str) -> None:
    command = [sys.executable, "-m", "uv", "pip", "compile", str(PROJECT_FILE), "--python", sys.executable]
    options = ("--group", group, *COMPILE, *options, "--output-file", str(output))
    done = try_program(*command, *options, environment=settings)
    if done.returncode:
        reason = re.sub(r"\s+", " ", done.stderr.strip().removeprefix("error: ")).replace(" cause: ", ": ")
        if str(output) in reason:
            lock = {**LOCKS, **OPTIONAL_LOCKS, **SEPARATE_LOCKS}[group]
            reason = f"{reason.replace(str(output), str(lock))}; take it back: git restore {lock}"
        raise ProjectError(f"{PROJECT_FILE}: the locks could not be renewed and are unchanged: {reason}")


def _our_side(text: str) -> str:
    return OUR_SIDE.sub("", OTHER_SIDE.sub("", text))


def locked_versions(text: str) -> Versions:
    """By name; a package with one version per system has them all."""
    found: dict[str, list[str]] = {}
    for name, version in PIN.findall(_our_side(text)):
        found.setdefault(name, []).append(version)
    return {name: " and ".join(versions) for name, versions in found.items()}


def _difference(old: Versions, new: Versions) -> str:
    moved = [f"{name} {old[name]} → {new[name]}" for name in old if new.get(name, old[name]) != old[name]]
    added = [f"+ {name} {new[name]}" for name in new if name not in old]
    removed = [f"- {name}" for name in old if name not in new]
    return ", ".join(moved + added + removed) or "no version moved"
