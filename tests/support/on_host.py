"""deploy/compose.yaml for an engine without a bridge: the service is on the host's network, at the port MODEL_PORT."""

from pathlib import Path
from typing import Any

import yaml

from harness.image.compose import COMPOSE_FILE
from tests.support.constants import ROOT
from tests.support.engine import Engine


def write_compose(folder: Path, **environment: str) -> None:
    """Write the file into a project; all else in it is as it stands in the template."""
    content: dict[str, Any] = yaml.safe_load((ROOT / COMPOSE_FILE).read_text("utf-8"))
    service = content["services"]["model"]
    del service["ports"]
    service |= {"network_mode": "host", "environment": {"PORT": "${MODEL_PORT}", **environment}}
    (folder / COMPOSE_FILE).parent.mkdir(parents=True, exist_ok=True)
    (folder / COMPOSE_FILE).write_text(yaml.safe_dump(content), "utf-8")


def pinned(docker: Engine, name: str, host: str) -> str:
    """Name and digest of an image, once it is in a registry."""
    docker.run("tag", name, f"{host}/{name}")
    docker.run("push", "--quiet", f"{host}/{name}")
    return str(docker.run("image", "inspect", "--format={{index .RepoDigests 0}}", f"{host}/{name}"))
