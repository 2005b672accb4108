"""The README against the code: what it names exists, and it stays short."""

import re

import pytest

from harness.command_line import COMMANDS
from tests.support.constants import ROOT

README = (ROOT / "README.md").read_text("utf-8")


def test_the_readme_is_short() -> None:
    """But for what describes the project's own data, which may have a thousand columns."""
    assert len(re.sub(r"<!--example:.*?<!--/example-->", "", README, flags=re.DOTALL).split()) <= 600


@pytest.mark.parametrize("target", sorted(set(re.findall(r"(?:^|`)make ([a-z]+)", README, re.MULTILINE))))
def test_every_command_of_the_readme_exists(target: str) -> None:
    assert target in COMMANDS


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:src|tests|bench|requirements)/[\w./]*|\w+\.(?:yaml|toml|dvc))`", README)))
)
def test_every_file_that_the_readme_names_exists(path: str) -> None:
    assert (ROOT / path).exists()
