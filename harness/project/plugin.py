"""The package that DVC needs for a kind of remote: into pyproject.toml, the locks and this environment."""

import re
import tomllib

from harness.bootstrap import build
from harness.core.errors import ProjectError
from harness.core.files import write_bytes
from harness.core.paths import LOCKS
from harness.project.locks import PROJECT_FILE, locked_versions, renew_locks

GROUP = "pipeline"  # what runs DVC
OPENING = re.compile(rf"^{GROUP} = \[\n(?:.*\n)*?(?:    \"dvc\b.*\n|(?=\]))", re.MULTILINE)


def add_plugin(package: str) -> None:
    """Do nothing if it is there; the caller brings the files back if this, or what follows, fails.

    Raises ProjectError if the group cannot be edited, or no version goes together with what is locked.
    """
    if package and package not in locked_versions(LOCKS["dev"].read_text("utf-8")):
        lock_plugin(package)
        build()


def lock_plugin(package: str) -> None:
    """Into pyproject.toml and the locks; nothing is installed. Raises ProjectError as `add_plugin` does."""
    print(f"{PROJECT_FILE}: adding {package} to the group {GROUP} and renewing the locks …", flush=True)
    text = PROJECT_FILE.read_text("utf-8")
    place = OPENING.search(text)
    edited = f'{text[: place.end()]}    "{package}",  # where the data is\n{text[place.end() :]}' if place else text
    if package not in tomllib.loads(edited)["dependency-groups"][GROUP]:
        raise ProjectError(
            f"{PROJECT_FILE}: the group {GROUP} could not be edited; add {package!r} to it by hand, then run: make lock"
        )
    write_bytes(PROJECT_FILE, edited.encode())
    renew_locks()
