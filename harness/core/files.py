"""Files that are whole or not there: written to a temporary name beside the target, then renamed."""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.core.errors import ProjectError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path to write to; it takes the place of `path` if the block succeeds, else it is removed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        temporary.replace(path)
    except OSError as error:
        if error.filename is None:  # of a write that fails, as on a full disk, the system does not name the file
            error.filename = str(path)
        raise
    finally:
        temporary.unlink(missing_ok=True)


def ending(path: Path) -> str:
    """What a name ends in, in small letters: `.PARQUET` is the same format as `.parquet`."""
    return path.suffix.lower()


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes, as `sha256sum` prints it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def write_json(path: Path, value: Any) -> None:
    """Write strict JSON: a NaN or an infinity is a ValueError, not a file that others cannot read."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    write_bytes(path, f"{text}\n".encode())


def read_json(path: Path) -> Any:
    """Read strict JSON.

    Raises ProjectError if the file is missing or is not JSON.
    """
    try:
        return json.loads(path.read_text("utf-8"), parse_constant=_refuse_constant)
    except FileNotFoundError:
        raise ProjectError(f"{path}: not found; run: make pipeline") from None
    except ValueError as error:
        raise ProjectError(f"{path}: not strict JSON: {error}") from None


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not allowed")
