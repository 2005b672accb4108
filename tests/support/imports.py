"""Which of the project's modules a module imports, and what it defines."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.support.constants import ROOT

PACKAGES = {"harness", "src"}
LOADED = {"load_schema": "src.schema", "load_own_metrics": "src.metrics"}  # what functions of the loader take


def modules(*folders: str) -> list[Path]:
    """The Python files below folders of the repository."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def short(path: Path) -> str:
    """A path as people write it: from the repository's folder."""
    return path.relative_to(ROOT).as_posix()


def imported_names(module: Path) -> set[str]:
    """The dotted names that a module imports, wherever in it: of packages, of modules and of what is in them."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = short(module.parent).split("/")
            start = ".".join(package[: len(package) + 1 - node.level]) if node.level else ""
            name = ".".join(filter(None, (start, node.module)))
            found |= {name, *(f"{name}.{alias.name}" for alias in node.names)}
    return found


def loaded_names(module: Path) -> set[str]:
    """The project's files that a module asks the loader for: src.features where it says load_hook("features", …)."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            first = node.args[0] if node.func.id == "load_hook" and node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                found.add(f"src.{first.value}")
            elif node.func.id in LOADED:
                found.add(LOADED[node.func.id])
    return found


def imported(module: Path) -> set[Path]:
    """The project's modules that a module imports, wherever in it, and what those import in turn; itself among them."""
    found, waiting = set(), [module]
    while waiting:
        module = waiting.pop()
        if module in found:
            continue
        found.add(module)
        names = (name for name in imported_names(module) | loaded_names(module) if name.split(".")[0] in PACKAGES)
        waiting += [file for file in (ROOT / f"{name.replace('.', '/')}.py" for name in names) if file.exists()]
    return found


def defined_names(module: Path) -> Iterator[str]:
    """The names that a module gives to what it defines at its top: functions, classes, constants and types."""
    for node in ast.parse(module.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (name.id for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name))
        elif isinstance(node, ast.AnnAssign | ast.TypeAlias if hasattr(ast, "TypeAlias") else ast.AnnAssign):
            target = node.target if isinstance(node, ast.AnnAssign) else node.name
            yield from [target.id] if isinstance(target, ast.Name) else []
