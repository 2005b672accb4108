"""What this project asks of its own code, as far as a program can see it: one word for one thing, and short files."""

import ast
import re
import subprocess
from collections import defaultdict
from pathlib import Path

from tests.support.constants import ROOT
from tests.support.imports import defined_names, imported_names, modules, short

LONGEST_LINE, LONGEST_MODULE, MOST_ANY = 120, 200, 8
WRITTEN = (".py", ".yaml", ".yml", ".toml", ".json", ".cfg", "Makefile", "Dockerfile", ".sh")
OF_COMMANDS = {"main", "add_arguments", "PASSES_ON"}  # every command defines them, and so means the same


def tracked(*endings: str) -> list[Path]:
    """The files of the work tree that git knows or would take."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return [ROOT / name for name in listed if name.endswith(endings) and (ROOT / name).is_file()]


def test_a_public_name_means_one_thing() -> None:
    """Two modules that define the same name: one of them is to be found another, or to import the other's."""
    where = defaultdict(list)
    for module in modules("harness"):
        for name in set(defined_names(module)) - OF_COMMANDS:
            where[name].append(short(module))
    assert {name: paths for name, paths in where.items() if len(paths) > 1 and not name.startswith("_")} == {}


def test_modules_are_short() -> None:
    long = {
        short(path) for path in modules("harness", "src") if len(path.read_text("utf-8").splitlines()) > LONGEST_MODULE
    }
    assert long == set()


def test_lines_are_short() -> None:
    """Those that a machine writes (locks, recorded results) are its own affair."""
    files = [path for path in tracked(*WRITTEN) if not short(path).startswith(("requirements/", "artifacts/"))]
    assert ROOT / "Makefile" in files
    long = [
        f"{short(path)}:{number}"
        for path in files
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if len(line.encode()) > LONGEST_LINE  # in bytes, as simple tools count
    ]
    assert long == []


def test_types_are_told() -> None:
    """`Any` switches the type checker off; eight in 1,000 lines are for libraries without types."""
    texts = [path.read_text("utf-8") for path in modules("harness")]
    used = sum(
        isinstance(node, ast.Name) and node.id == "Any" for text in texts for node in ast.walk(ast.parse(text))
    ) + sum(len(re.findall(r'"[^"\n]*\bAny\b[^"\n]*"', text)) for text in texts)
    assert 1000 * used / sum(len(text.splitlines()) for text in texts) <= MOST_ANY


def test_no_test_imports_a_test_or_a_private_name() -> None:
    """What tests share is in tests/support/, and what they need of the harness is public."""
    found = set()
    for path in modules("tests"):
        for name in imported_names(path):
            last = name.split(".")[-1]
            private = name.startswith(("harness.", "src.")) and last.startswith("_") and not last.startswith("__")
            if private or (name.startswith("tests.") and re.search(r"\.(test_\w+|conftest)\b", name)):
                found.add(f"{short(path)}: {name}")
    assert found == set()


def test_a_test_file_stands_with_what_it_tests() -> None:
    packages = {path.parent.name for path in ROOT.glob("harness/*/__init__.py")}
    folders = {path.parent.name for path in ROOT.glob("tests/harness/*/test_*.py")}
    assert folders - packages <= {"workflows", "engine", "stories"}
