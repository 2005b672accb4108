"""DVC, called as people call it, and where it keeps the data: in the repository's own store or at a remote."""

import re
import subprocess
from pathlib import Path

from harness.core.errors import ProjectError
from harness.core.params import read_yaml

DATA = Path("data.dvc")
STORE = Path(".dvc/store")
LARGE = 10_000_000  # bytes; more does not belong into the embedded store


def is_embedded() -> bool:
    """Whether the data lives in the repository's own store."""
    return bool(read_yaml(DATA)["outs"][0].get("remote") == "store")


def dvc(*arguments: str) -> None:
    """Run a dvc command. Raises ProjectError with DVC's reason, and with the package that is missing, if it fails."""
    done = subprocess.run(
        ["dvc", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False
    )
    if done.returncode == 0:
        return
    errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or done.stderr.splitlines()
    reason = " ".join(errors).removeprefix("ERROR: ").removeprefix("unexpected error - ")
    plugin = re.search(r"requires '(dvc-\w+)' to be installed", reason)
    if plugin:
        reason = f"needs the package {plugin[1]}: add it to the group pipeline in pyproject.toml, then: make lock"
    raise ProjectError(f"dvc {arguments[0]}: {reason}")
