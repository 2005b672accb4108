"""What the environment sets for the service: MODEL_FILE, METRICS_FILE, MAX_ROWS (of a request), WORKERS, PORT."""

import os
import re
from pathlib import Path
from typing import Any

from harness.core.errors import ProjectError
from harness.core.metrics_file import read_metrics_file

ROOT = Path(__file__).parents[2]
MODEL = Path(os.environ.get("MODEL_FILE", ROOT / "artifacts/model/model.onnx"))
METRICS = Path(os.environ.get("METRICS_FILE", ROOT / "artifacts/evaluation/metrics.json"))


def max_rows() -> int:
    """Raises ProjectError if MAX_ROWS is no number."""
    return _number("MAX_ROWS", 10_000)


def workers() -> int:
    """Processes that answer. Raises ProjectError if WORKERS is no number."""
    return _number("WORKERS", 1)


def port(given: str | None = None) -> int:
    """0 is any that is free. Raises ProjectError if PORT is no number."""
    return _number("PORT", 3000, 65_535, least=0, text=given)


def read_metrics() -> dict[str, Any] | None:
    """The metrics of the model's evaluation; None if there is no such file. Raises ProjectError if it is not one."""
    return read_metrics_file(METRICS).model_dump(exclude_unset=True) if METRICS.exists() else None


def _number(name: str, default: int, most: int = 9_999_999, least: int = 1, text: str | None = None) -> int:
    text = text or os.environ.get(name) or str(default)
    if not re.fullmatch("0|[1-9][0-9]{0,6}", text) or not least <= int(text) <= most:
        raise ProjectError(f"{name} must be a whole number from {least} to {most}, got {text!r}")
    return int(text)
