"""What git leaves in files of the pipeline when both sides of a merge changed them."""

import re
from pathlib import Path

from harness.core.errors import ProjectError
from harness.core.paths import DATA_DVC, DVC_CONFIG, DVC_YAML, PARAMS_PATH, RESULTS

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
    for path in (PARAMS_PATH, DVC_YAML, DVC_CONFIG):
        if _is_conflicted(path):
            lines = path.read_text("utf-8", errors="replace").splitlines()
            line = next(number for number, text in enumerate(lines, start=1) if text.startswith("<<<<<<< "))
            raise ProjectError(
                f"{path}: line {line}: both sides of a merge changed it; keep the lines that you want, and "
                "delete the markers <<<<<<<, ======= and >>>>>>>"
            )
    if _is_conflicted(DATA_DVC):
        raise ProjectError(
            f"{DATA_DVC}: both sides of a merge changed the data; keep one side: git checkout --ours {DATA_DVC} "
            "(or --theirs), then add the other side's rows: make data FILE=… APPEND=1"
        )


def _is_conflicted(path: Path) -> bool:
    return path.exists() and bool(MARKER.search(path.read_bytes()))
