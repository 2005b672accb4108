"""What people read against the code: each command is one, with these settings; each file that is named exists."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.command_line import COMMANDS, parser_of
from tests.support.constants import ROOT
from tests.support.imports import short
from tests.support.pages import PAGES, code_of

README = (ROOT / "README.md").read_text("utf-8")
VALUE = r"(?:\"[^\"]*\"|'[^']*'|[^\s`;&|)\"']*)"
CALL = re.compile(rf"(?:^ *(?:\$ )?|[;&|] )make((?: +[a-z][a-z-]*)+)((?: +[A-Z_]+={VALUE})*)", re.MULTILINE)
PLAIN_CALL = re.compile(r"python -m harness (?!COMMAND)([a-z][a-z-]*)((?: +--[a-z-]+)*)")
UNWRITTEN = {"clean", "comment", "format", "monitor", "setup"}  # their line in `make help` says it all
FILE = re.compile(r"(?:harness|src|tests|bench|docs|requirements|deploy|\.github)/[\w./-]*\w/?")
OF_MAKE = {"ARGS", "PYTHON"}  # not a command's own: the first hands words on, the second names the Python


def calls() -> Iterator[tuple[str, str, frozenset[str]]]:
    """Page, command and the keys that it is given, for every call of a command in the documents."""
    for page in PAGES:
        for code in code_of(page):
            for targets, settings in CALL.findall(code):
                keys = re.findall(r"([A-Z_]+)=", re.sub(rf"={VALUE}", "=", settings))
                *others, last = targets.split()
                yield from ((short(page), target, frozenset()) for target in others)
                yield short(page), last, frozenset(keys)
            for command, options in PLAIN_CALL.findall(code):
                keys = [key.upper().replace("-", "_") for key in re.findall(r"--([a-z-]+)", options)]
                yield short(page), command, frozenset(keys)


CALLS = sorted(set(calls()), key=str)


def test_the_readme_is_short() -> None:
    """But for what describes the project's own data, which may have a thousand columns, and for the map."""
    read = re.sub(r"<!--example:.*?<!--/example-->|```mermaid.*?```", "", README, flags=re.DOTALL)
    assert len(read.split()) <= 600


@pytest.mark.parametrize(("page", "command", "keys"), CALLS, ids=[f"{page}: {name}" for page, name, _ in CALLS])
def test_every_command_of_the_documents_exists_and_takes_what_it_is_given(
    page: str, command: str, keys: frozenset[str]
) -> None:
    assert command in COMMANDS, page
    actions = parser_of(command)._actions if command != "help" else []
    options = {text for action in actions for text in action.option_strings}
    assert {f"--{key.lower().replace('_', '-')}" for key in keys - OF_MAKE} <= options, page


def test_every_command_is_in_a_document() -> None:
    """Whoever adds a command says what it is for, beyond the line of its help."""
    assert {command for _, command, _ in CALLS} >= set(COMMANDS) - UNWRITTEN


def test_every_package_of_the_harness_has_its_line() -> None:
    packages = {path.parent.name for path in ROOT.glob("harness/*/__init__.py")}
    assert (
        set(re.findall(r"^\| `(\w+)/` \|", (ROOT / "harness/README.md").read_text("utf-8"), re.MULTILINE)) == packages
    )


@pytest.mark.parametrize("page", PAGES, ids=short)
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    named = {name for code in code_of(page) if "\n" not in code for name in FILE.findall(code) if name == code}
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(\w+\.(?:yaml|toml|dvc))`", README))))
def test_every_file_at_the_top_that_the_readme_names_exists(name: str) -> None:
    assert (ROOT / name).exists()


@pytest.mark.parametrize("page", PAGES, ids=short)
def test_every_link_within_the_repository_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    broken = [link for link in links if not re.match(r"[a-z]+:|\.\./\.\./", link) and not (page.parent / link).exists()]
    assert broken == []
