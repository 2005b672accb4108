"""What git leaves in the files that a run records, or that name the data, when both sides of a merge changed them."""

import re
from pathlib import Path

from harness.core.errors import ProjectError
from harness.core.paths import DATA_DVC, RESULTS

MAIN_RECORDS = "only main's run records results"
MARKER = re.compile(rb"^<{7} ", re.MULTILINE)


def refuse_conflicts() -> None:
    """Raises ProjectError with the way out if git's conflict markers are in one of them."""
    results = [str(path) for path in RESULTS if _is_conflicted(path)]
    if results:
        raise ProjectError(
            f"{results[0]}: both sides of a merge changed it; {MAIN_RECORDS}, so take either side: "
            f"git checkout --ours {' '.join(results)}"
        )
    if _is_conflicted(DATA_DVC):
        raise ProjectError(
            f"{DATA_DVC}: both sides of a merge changed the data; take one: git checkout --ours {DATA_DVC} "
            "(or --theirs); rows of the other come in again by make data FILE=… APPEND=1"
        )


def _is_conflicted(path: Path) -> bool:
    return path.exists() and bool(MARKER.search(path.read_bytes()))
