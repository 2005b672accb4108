"""Notebooks hold no outputs in git: the pre-commit hook's own version takes them out, as the story runs it."""

import json
from pathlib import Path

import pytest

from harness.project.locks import locked_versions
from tests.support.constants import ROOT
from tests.support.imports import short

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=short)
def test_a_notebook_holds_no_output(path: Path) -> None:
    cells = json.loads(path.read_text("utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert code
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


def test_the_hook_is_the_locked_version() -> None:
    locked = locked_versions((ROOT / "requirements/explore.txt").read_text("utf-8"))
    assert f"nbstripout=={locked['nbstripout']}" in (ROOT / ".pre-commit-config.yaml").read_text("utf-8")
