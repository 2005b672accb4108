"""Command behind `make up` and `make down`: service, Prometheus and Grafana by compose, images by digest."""

import os
import re
import shlex
import shutil
import sys
from pathlib import Path

from harness.core.errors import ProjectError
from harness.core.shell import watch_program

COMPOSE_FILE, ENV_FILE = Path("deploy/compose.yaml"), Path("deploy/.env")
PINNED = re.compile(r"\S+@sha256:[0-9a-f]{64}")


def compose_up(env_file: Path = ENV_FILE, override: Path | None = None) -> None:
    """Start what is not running, and wait until it is healthy. Raises ProjectError if an image is not pinned."""
    check_pinned(env_file)
    _compose(env_file, override, "up", "--detach", "--wait")


def compose_down(env_file: Path = ENV_FILE, override: Path | None = None) -> None:
    """Stop it; what Prometheus and Grafana have recorded stays in their volumes."""
    check_pinned(env_file)
    _compose(env_file, override, "down")


def check_pinned(env_file: Path) -> None:
    """Raises ProjectError unless the file is there and names each image by digest."""
    if not env_file.exists():
        raise ProjectError(f"{env_file}: not found; copy deploy/.env.example and fill it in")
    for number, line in enumerate(env_file.read_text("utf-8").splitlines(), start=1):
        key, _, value = line.partition("=")
        if key.endswith("_IMAGE") and not PINNED.fullmatch(value):
            raise ProjectError(f"{env_file}: line {number}: {key} must be name@sha256:<64 digits>, got {value!r}")


def _compose(env_file: Path, override: Path | None, *arguments: str) -> None:
    files = [f"--file={path}" for path in (COMPOSE_FILE, override) if path]
    if status := watch_program(*_program(), f"--env-file={env_file}", *files, *arguments):
        sys.exit(status)


def _program() -> list[str]:
    """COMPOSE, or the plugin of the engine that is there."""
    if given := os.environ.get("COMPOSE"):
        return shlex.split(given)
    program = os.environ.get("CONTAINER_ENGINE") or shutil.which("docker") or shutil.which("podman")
    if not program:
        raise ProjectError("neither docker nor podman is installed; name another with CONTAINER_ENGINE or COMPOSE")
    return [program, "compose"]
