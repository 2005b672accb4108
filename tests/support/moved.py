"""Tests written for an earlier version still run: what they import is found where it is now, with a warning."""

import sys
import warnings
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from types import ModuleType

from harness.project.moved import MOVED, where


def find_moved(module: str, name: str) -> object:
    """What a module held under a name. Raises AttributeError if it is nowhere."""
    for place in MOVED[module]:
        found = getattr(import_module(place), name, None)
        if found is not None:
            warnings.warn(f"{module} has moved: import {name} from {place}", DeprecationWarning, stacklevel=3)
            return found
    raise AttributeError(f"{where(module)}, and {name} is not there")


class MovedModule(ModuleType):
    """A module under the name that it had."""

    def __getattr__(self, name: str) -> object:
        if self.__name__ not in MOVED or name.startswith("__"):
            raise AttributeError(name)
        try:
            return find_moved(self.__name__, name)
        except AttributeError as error:
            raise ImportError(str(error)) from None  # of which `import` prints the words


class MovedLoader(Loader):
    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return MovedModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing: what it holds is looked up when it is asked for."""


class MovedFinder(MetaPathFinder):
    """Comes after all others: a module that exists is never taken for a moved one."""

    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        is_package = any(name.startswith(f"{fullname}.") for name in MOVED)
        if fullname in MOVED or is_package:
            return spec_from_loader(fullname, MovedLoader(), is_package=is_package)
        return None


def install() -> None:
    if not any(isinstance(finder, MovedFinder) for finder in sys.meta_path):
        sys.meta_path.append(MovedFinder())
