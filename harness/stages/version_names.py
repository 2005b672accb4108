"""What is said of a version that is not there."""

from collections.abc import Sequence

from harness.core.errors import ProjectError
from harness.project.web_address import one_line


def no_such_version(name: str, names: Sequence[str]) -> ProjectError:
    """With the version that is meant, where the v is missing; otherwise with the last ones."""
    meant = f"v{name.strip().lower().removeprefix('v')}"
    hint = f"the last ones: {', '.join(names[-5:])}"
    if not names:
        hint = "none is published yet; a merge into main publishes one"
    elif meant in names:
        hint = f"did you mean {meant}?"
    return ProjectError(f"VERSION={one_line(name)}: no such version; {hint}")
