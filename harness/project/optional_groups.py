"""Which optional groups of packages the project has: one line of pyproject.toml, read by every environment and CI."""

import re
import tomllib
from pathlib import Path

from harness.core.errors import ProjectError
from harness.core.files import write_bytes
from harness.core.paths import OPTIONAL_LOCKS
from harness.project.locks import PROJECT_FILE

LINE = re.compile(r"^optional-groups = \[.*\]$", re.MULTILINE)
NO_GROUP = "none"


def optional_locks(folder: Path) -> list[Path]:
    """The locks of the groups that a project's folder switches on; none where it knows of no groups."""
    try:
        written = tomllib.loads((folder / PROJECT_FILE).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return []
    groups = written.get("tool", {}).get("harness", {}).get("optional-groups", [])
    found = [folder / OPTIONAL_LOCKS[group] for group in groups if group in OPTIONAL_LOCKS]
    return [lock for lock in found if lock.exists()]


def switch_groups(names: str) -> None:
    """Write the groups (a,b or none) into pyproject.toml. ProjectError if one is unknown, or the line is gone."""
    groups = [name.strip() for name in names.split(",") if name.strip() != NO_GROUP]
    for name in groups:
        if name not in OPTIONAL_LOCKS:
            known = ", ".join([*OPTIONAL_LOCKS, NO_GROUP])
            raise ProjectError(f"WITH must name optional groups ({known}), got {name!r}")
    text = PROJECT_FILE.read_text("utf-8")
    listed = ", ".join(f'"{name}"' for name in groups)
    if len(LINE.findall(text)) != 1:
        raise ProjectError(f"{PROJECT_FILE}: must have one line optional-groups = […] below [tool.harness]")
    write_bytes(PROJECT_FILE, LINE.sub(f"optional-groups = [{listed}]", text).encode())
