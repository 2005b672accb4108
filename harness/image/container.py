"""A container of an image: started with no right that it does not need, and where it answers."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from harness.image.engine import engine

LOCKED_DOWN = ("--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges")


@contextmanager
def running(image: str) -> Iterator[str]:
    """A container of the image, with no right that it does not need, on a free port of loopback; its id."""
    network = ["--network=host", "--env=PORT=0"] if _is_shared() else ["--publish=127.0.0.1::3000"]
    container = engine("run", "--detach", *LOCKED_DOWN, *network, image)
    try:
        yield container
    finally:
        engine("rm", "--force", container)


def port_of(container: str) -> int | None:
    """The port that the engine chose, or, on the host's network, the service: None until it says so."""
    if not _is_shared():
        return int(engine("port", container, "3000").splitlines()[0].rpartition(":")[2])
    found = re.search(r" on http://\S+:(\d+) ", engine("logs", container))
    return int(found[1]) if found else None


def is_running(container: str) -> bool:
    """Whether it has not ended yet."""
    return engine("inspect", "--format={{.State.Running}}", container) == "true"


def _is_shared() -> bool:
    """An engine without a bridge has the host's network alone."""
    return os.environ.get("SMOKE_NETWORK") == "host"
