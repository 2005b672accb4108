"""Write report.json, and read one that somebody else may have written."""

from pathlib import Path

from pydantic import ValidationError

from harness.core.errors import ProjectError
from harness.core.files import write_bytes
from harness.report.report import Report

LARGEST_REPORT = 2_000_000  # bytes of a report that is read


def write_report(report: Report, path: Path) -> None:
    """Write report.json."""
    write_bytes(path, (report.model_dump_json(indent=1) + "\n").encode())


def read_report(path: Path) -> Report:
    """Read a report that somebody else may have written.

    Raises ProjectError if it is a link, too large, not JSON, or holds anything that a report does not.
    """
    if path.is_symlink() or not path.is_file():
        raise ProjectError(f"{path}: must be a plain file")
    if path.stat().st_size > LARGEST_REPORT:
        raise ProjectError(f"{path}: must be at most {LARGEST_REPORT:,} bytes, got {path.stat().st_size:,}")
    try:
        return Report.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])[:200]
        raise ProjectError(
            f"{path}: not a report: {key}: {first['msg'][:200]} ({error.error_count()} errors)"
        ) from None
