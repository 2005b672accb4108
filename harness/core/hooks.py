"""Calling what a project has written in src/: whatever goes wrong in it becomes one line that names file and line."""

import inspect
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from harness.core.errors import ProjectError
from harness.core.loader import PACKAGE

Returned = TypeVar("Returned")


def call_hook(hook: Callable[..., object], returns: type[Returned], *given: object) -> Returned:
    """What a project's function returns. Raises ProjectError if it fails, or returns another type."""
    try:
        returned = hook(*given)
    except ProjectError:
        raise
    except Exception as error:  # whatever a project's own file may raise
        said = " ".join(str(error).split())
        raise ProjectError(f"{place(hook, error.__traceback__)}: {type(error).__name__}: {said}") from error
    if not isinstance(returned, returns):
        found = type(returned).__name__
        raise ProjectError(f"{place(hook)}: {hook.__name__} must return a {returns.__name__}, got {found}")
    return returned


def place(hook: Callable[..., object], trace: TracebackType | None = None) -> str:
    """Where a project's function stands, as src/features.py:12; with a traceback, its last line in that file."""
    function = inspect.unwrap(hook)  # which a decorator took
    if not inspect.isfunction(function):
        raise ProjectError(f"{PACKAGE}/: a stage needs a function written with def here, got {hook!r}")
    code = function.__code__
    lines = [frame.lineno for frame in traceback.extract_tb(trace) if frame.filename == code.co_filename]
    return f"{PACKAGE}/{Path(code.co_filename).name}:{lines[-1] if lines else code.co_firstlineno}"
