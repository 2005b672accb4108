"""The README against the code: what it names exists, and it stays short."""

import re
from typing import Any

import pytest

from src.messages import build_request_model
from src.model_file import ModelFile
from src.params import MODEL
from tests.conftest import ROOT, Clone

README = (ROOT / "README.md").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")


def test_the_readme_is_short() -> None:
    """But for what describes the project's own data, which may have a thousand columns."""
    assert len(re.sub(r"<!--example:.*?<!--/example-->", "", README, flags=re.DOTALL).split()) <= 600


@pytest.mark.parametrize("target", sorted(set(re.findall(r"(?:^|`)make ([a-z]+)", README, re.MULTILINE))))
def test_every_command_of_the_readme_exists(target: str) -> None:
    assert re.search(rf"^{target}:.*## ", MAKEFILE, re.MULTILINE)


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:src|tests|bench|requirements)/[\w./]*|\w+\.(?:yaml|toml|dvc))`", README)))
)
def test_every_file_that_the_readme_names_exists(path: str) -> None:
    assert (ROOT / path).exists()


def test_the_example_request_is_one_that_the_model_takes(evaluated: Clone) -> None:
    """A README once had half a line in its place."""
    (line,) = re.findall(r"^curl http://localhost:3000/predict .* -d '(.*)'$", README, re.MULTILINE)
    contract = ModelFile(evaluated.folder / MODEL).contract
    example: Any = build_request_model(contract, 1, {}).model_validate_json(line.replace("'\\''", "'"))
    assert len(example.rows) == 1
