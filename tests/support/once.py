"""A folder that takes seconds to make, made once for all processes of pytest-xdist."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock


def once(request: pytest.FixtureRequest, name: str, make: Callable[[Path], object]) -> Path:
    """What the first process to ask for it has made; the others wait for it, and none may change it."""
    factory: pytest.TempPathFactory = request.getfixturevalue("tmp_path_factory")
    base = factory.getbasetemp()
    folder = (base.parent if hasattr(request.config, "workerinput") else base) / name
    made = folder.with_name(f"{name}.made")
    with FileLock(folder.with_name(f"{name}.lock")):
        if not made.exists():
            shutil.rmtree(folder, ignore_errors=True)  # what failed in another process
            make(folder)
            made.touch()
    return folder
