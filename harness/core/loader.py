"""The one place where the harness takes what a project has written in src/: by name, from the project's folder."""

import importlib
import inspect
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from harness.core.errors import ProjectError

PACKAGE = "src"


def load_hook(name: str, function: str, folder: Path = Path()) -> Callable[..., Any]:
    """The function of a project's file, e.g. `features` of src/features.py.

    Raises ProjectError if there is no such file, if it fails when it is imported, or lacks the function.
    """
    module = load_module(name, folder)
    hook: Callable[..., Any] | None = getattr(module, function, None)
    if hook is None:
        raise ProjectError(f"{PACKAGE}/{name}.py: must define the function {function}")
    if not inspect.isfunction(inspect.unwrap(hook)):
        raise ProjectError(f"{PACKAGE}/{name}.py: {function} must be a function, written with def; got {hook!r}")
    return hook


def load_schema(folder: Path = Path()) -> Any:
    """The class Schema of a project's src/schema.py, a pandera.DataFrameModel; ProjectError if there is none."""
    found = getattr(load_module("schema", folder), "Schema", None)
    if not hasattr(found, "to_schema"):
        raise ProjectError(f"{PACKAGE}/schema.py: must define the class Schema, a pandera.DataFrameModel")
    return found


def load_module(name: str, folder: Path = Path()) -> ModuleType:
    """Import src/<name>.py of a project. Raises ProjectError with file and line if it is absent or fails."""
    path = find_file(name, folder)
    _use(folder.resolve())
    try:
        return importlib.import_module(f"{PACKAGE}.{name}")
    except (Exception, SystemExit) as error:  # whatever a project's own file may raise
        said = " ".join(str(error).split())
        raise ProjectError(f"{path}{_line(error, path)}: {type(error).__name__}: {said}") from error


def find_file(name: str, folder: Path = Path()) -> Path:
    """src/<name>.py of a project. Raises ProjectError if it is absent."""
    path = folder / PACKAGE / f"{name}.py"
    if not path.is_file():
        raise ProjectError(f"{path}: not found; every project needs this file, and {folder.resolve()} has none")
    return path


def _use(folder: Path) -> None:
    """Make this project's src the one that is imported; another project's, imported before, is forgotten."""
    known = sys.modules.get(PACKAGE)
    paths = {Path(path).resolve() for path in getattr(known, "__path__", [])}
    if known is not None and (folder / PACKAGE) not in paths:
        for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
            del sys.modules[name]
    if sys.path[:1] != [str(folder)]:
        sys.path.insert(0, str(folder))


def _line(error: BaseException, path: Path) -> str:
    """The line of the project's own file in which it failed, as `:12`."""
    if isinstance(error, SyntaxError) and error.lineno:
        return f":{error.lineno}"
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename) == path.resolve()]
    return f":{own[-1].lineno}" if own else ""
