"""What the environment sets for the prediction log, read without what answers requests."""

import os
from dataclasses import dataclass
from pathlib import Path

from harness.core.errors import ProjectError
from harness.serve.settings import whole_number

SHORTEST_KEY = 16


@dataclass(frozen=True)
class LogSettings:
    """LOG_DIR, LOG_SAMPLE (of the requests), LOG_COLUMNS (a,b), LOG_KEY, LOG_MAX_MB and LOG_DAYS of the folder."""

    folder: Path
    sample: float = 1.0
    columns: frozenset[str] | None = None
    most_bytes: int = 1_000_000_000
    days: int = 90
    key: str = ""  # of personal columns' hashes; without one they are left out


def read_log_settings() -> LogSettings | None:
    """None where LOG_DIR is not set. Raises ProjectError if a value is out of bounds."""
    folder = os.environ.get("LOG_DIR")
    if not folder:
        return None
    text = os.environ.get("LOG_SAMPLE") or "1"
    try:
        sample = float(text)
    except ValueError:
        sample = -1.0
    if not 0 < sample <= 1:
        raise ProjectError(f"LOG_SAMPLE must be a number above 0, up to 1, got {text!r}")
    names = os.environ.get("LOG_COLUMNS")
    columns = None if names is None else frozenset(name.strip() for name in names.split(",") if name.strip())
    megabytes, days = whole_number("LOG_MAX_MB", 1000), whole_number("LOG_DAYS", 90)
    key = os.environ.get("LOG_KEY", "")
    if key and len(key) < SHORTEST_KEY:
        raise ProjectError(f"LOG_KEY must have at least {SHORTEST_KEY} characters, got {len(key)}")
    return LogSettings(Path(folder), sample, columns, megabytes * 1_000_000, days, key)
