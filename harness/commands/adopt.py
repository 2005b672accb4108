"""Command behind `make adopt`: a stranger's table takes the place of the worked example, all of it or nothing."""

import sys
from collections.abc import Sequence
from typing import Any

from harness.adopt.adopt_table import adopt_table
from harness.core.command import exit_at_once, exit_on_signals, run
from harness.core.errors import ProjectError

ONE = ("DATA", "TARGET", "ID", "TASK", "POSITIVE", "TIME", "GROUP")
SEVERAL = ("SLICES", "DROP", "KEEP", "MISSING")


def adopt_as_told(settings: Sequence[str]) -> None:
    """Raises ProjectError if there is no such setting."""
    given = dict(setting.partition("=")[::2] for setting in settings)
    for key in given:
        if key not in (known := (*ONE, *SEVERAL, "DRY_RUN")):
            raise ProjectError(f"{key}: no such setting; there are {', '.join(known)}")
    one: dict[str, Any] = {key.lower(): given.get(key, "") for key in ONE}
    several: dict[str, Any] = {key.lower(): list(filter(None, given.get(key, "").split(","))) for key in SEVERAL}
    adopt_table(**one, **several, dry_run=given.get("DRY_RUN", "") not in {"", "0"})


if __name__ == "__main__":
    exit_on_signals()
    with exit_at_once():
        run(adopt_as_told, sys.argv[1:])
