"""The Makefile runs on macOS's make, which is GNU make 3.81 of 2006: none of it may be newer."""

import re
import subprocess

import pytest

from tests.support.constants import ROOT

TEXT = (ROOT / "Makefile").read_text("utf-8")
NEWER = re.compile(
    r"\$[({](file|guile|let|intcmp) "  # functions of 4.0 and 4.4
    r"|\.(ONESHELL|SHELLFLAGS|SHELLSTATUS|EXTRA_PREREQS|NOTINTERMEDIATE|WAIT)\b"  # 3.82 to 4.4; 3.81 passes over them
    r"|^\s*(undefine|private|-?load)\b"  # 3.82 and 4.0
    r"|^\s*(override |export )*define\s+\S+\s*[:+?]?="  # 3.82
    r"|:::?=|^[\w .]+!=|&:"  # 4.0 and 4.3
    r"|--(output-sync|trace|shuffle)",  # 4.0 and 4.4
    re.MULTILINE,
)


def test_nothing_in_it_is_newer() -> None:
    assert NEWER.search(TEXT) is None


@pytest.mark.parametrize("line", [".ONESHELL:", "a ::= b", "undefine A", "define A =", "b != date", "x := $(file <a)"])
def test_what_is_newer_would_be_found(line: str) -> None:
    assert NEWER.search(f"{TEXT}{line}\n")


def test_a_recipe_is_one_command_so_it_needs_no_pipefail() -> None:
    recipes = ["@$(PYTHON) -m harness $@", '@$(PYTHON) -m harness "$$HARNESS_GOALS"']
    assert re.findall(r"^\t(.*)$", TEXT, re.MULTILINE) == recipes


def test_a_mistyped_command_is_named_with_the_one_that_was_probably_meant() -> None:
    done = subprocess.run(["make", "mdoels"], cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode
    assert "error: no such command: 'mdoels'; did you mean models?" in done.stderr
