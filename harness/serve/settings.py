"""What the environment sets for the service: MODEL_FILE, METRICS_FILE, MAX_ROWS (of a request), WORKERS, PORT, …"""

import os
import re
from pathlib import Path

from harness.core.errors import ProjectError
from harness.core.metrics_file import read_metrics_file
from harness.core.paths import METRICS_PATH, MODEL_PATH
from harness.serve.token import BearerToken

PROJECT = Path(__file__).parents[2]  # its folder, wherever the service is started from
MODEL_SERVED = Path(os.environ.get("MODEL_FILE", PROJECT / MODEL_PATH))
METRICS_SERVED = Path(os.environ.get("METRICS_FILE", PROJECT / METRICS_PATH))


def max_rows() -> int:
    """Raises ProjectError if MAX_ROWS is no number."""
    return whole_number("MAX_ROWS", 10_000)


def workers() -> int:
    """Processes that answer. Raises ProjectError if WORKERS is no number."""
    return whole_number("WORKERS", 1)


def port(given: str | None = None) -> int:
    """0 is any that is free. Raises ProjectError if PORT is no number."""
    return whole_number("PORT", 3000, 65_535, least=0, text=given)


def max_connections() -> int:
    """Connections of a process. Raises ProjectError if MAX_CONNECTIONS is no number."""
    return whole_number("MAX_CONNECTIONS", 1000)


def values_are_hidden() -> bool:
    """HIDE_VALUES=1: no answer lists the allowed values. Raises ProjectError if it is neither 0 nor 1."""
    return whole_number("HIDE_VALUES", 0, most=1, least=0) == 1


def bearer_token() -> BearerToken | None:
    """Of TOKEN_FILE, if that is set; METRICS_OPEN=1: /metrics needs none. Raises ProjectError if the file is bad."""
    path = os.environ.get("TOKEN_FILE")
    metrics_are_open = whole_number("METRICS_OPEN", 0, most=1, least=0) == 1
    return BearerToken(Path(path), metrics_are_open) if path else None


def explains() -> bool:
    """Whether POST /explain answers. Raises ProjectError if EXPLAIN is neither 0 nor 1."""
    return whole_number("EXPLAIN", 0, most=1, least=0) == 1


def read_metrics() -> dict[str, object] | None:
    """The metrics of the model's evaluation; None if there is no such file. Raises ProjectError if it is not one."""
    return read_metrics_file(METRICS_SERVED).model_dump(exclude_unset=True) if METRICS_SERVED.exists() else None


def whole_number(name: str, default: int, most: int = 9_999_999, least: int = 1, text: str | None = None) -> int:
    """A variable of the environment. Raises ProjectError if it is no whole number, or out of bounds."""
    text = text or os.environ.get(name) or str(default)
    if not re.fullmatch("0|[1-9][0-9]{0,6}", text) or not least <= int(text) <= most:
        raise ProjectError(f"{name} must be a whole number from {least} to {most}, got {text!r}")
    return int(text)
