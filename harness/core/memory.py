"""How much memory may be used: the machine's, a container's, or what MEMORY_GB says."""

import os
from pathlib import Path

import psutil

from harness.core.errors import ProjectError

GIGABYTE = 1e9
LIMIT = "MEMORY_GB"  # of the environment: a smaller limit than the machine's
CGROUP = Path("/sys/fs/cgroup/memory.max")  # what a container may take


def memory_limit() -> float:
    """Bytes: MEMORY_GB of the environment, or what the container may take, or the machine has."""
    given = os.environ.get(LIMIT)
    if given:
        try:
            asked = float(given)
        except ValueError:
            asked = 0.0
        if not 0 < asked < float("inf"):
            raise ProjectError(f"{LIMIT}={given}: must be a number of gigabytes above 0")
        return asked * GIGABYTE
    whole = float(psutil.virtual_memory().total)
    try:
        return min(whole, float(CGROUP.read_text("ascii")))
    except (OSError, ValueError):  # none, or the word max
        return whole
