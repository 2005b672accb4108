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
IMAGES = ("IMAGE", "PROMETHEUS_IMAGE", "GRAFANA_IMAGE")
BY_DIGEST = re.compile(r"\S+@sha256:[0-9a-f]{64}")


def compose_up(env_file: Path = ENV_FILE, override: Path | None = None) -> None:
    """Start what is not running, and wait until it is healthy. Raises ProjectError if an image is not pinned."""
    check_pinned(env_file)
    _compose(env_file, override, "up", "--detach", "--wait")


def compose_down(env_file: Path = ENV_FILE, override: Path | None = None) -> None:
    """Stop it; what Prometheus and Grafana have recorded stays in their volumes."""
    check_pinned(env_file)
    _compose(env_file, override, "down")


def check_pinned(env_file: Path) -> None:
    """Raises ProjectError unless the file is there, names each image by digest, and sets Grafana's password."""
    if not env_file.exists():
        raise ProjectError(f"{env_file}: not found; copy deploy/.env.example and fill it in")
    lines = (line.partition("=") for line in env_file.read_text("utf-8").splitlines() if not line.startswith("#"))
    values = {key.strip(): value.strip() for key, _, value in lines}
    for key in IMAGES:
        if not BY_DIGEST.fullmatch(values.get(key, "")):
            raise ProjectError(f"{env_file}: {key} must be name@sha256:<64 digits>, got {values.get(key, '')!r}")
    if not values.get("GRAFANA_PASSWORD"):
        raise ProjectError(f"{env_file}: GRAFANA_PASSWORD must be set, got ''")


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
