"""Which of the project's modules a module imports."""

import ast
from pathlib import Path

from tests.support.constants import ROOT

PACKAGES = {"harness", "src"}


def imported_names(module: Path) -> set[str]:
    """The dotted names that a module imports, wherever in it: of packages, of modules and of what is in them."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def imported(module: Path) -> set[Path]:
    """The project's modules that a module imports, wherever in it, and what those import in turn; itself among them."""
    found, waiting = set(), [module]
    while waiting:
        module = waiting.pop()
        if module in found:
            continue
        found.add(module)
        names = (name for name in imported_names(module) if name.split(".")[0] in PACKAGES)
        waiting += [file for file in (ROOT / f"{name.replace('.', '/')}.py" for name in names) if file.exists()]
    return found
