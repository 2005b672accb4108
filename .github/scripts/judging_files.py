"""The files that decide how a pull request is judged: whoever edits them edits the judge, and readers should know."""

import re
from typing import Any

import github_api
from project_folder import prefix

# Below the project's folder. Python beside src/ could take the place of a package that the judge imports.
OF_PROJECT = re.compile(
    r"harness/.*|requirements/.*|Makefile|pyproject\.toml|dvc\.yaml|\.dvc/(?!store/).*|params\.yaml"
    r"|src/(evaluate|metrics|rules)\.py|(?!(src|tests|bench|docs|deploy)/).*\.(py|pth|so|pyd)"
)
OF_REPOSITORY = re.compile(r"\.github/.*|\.gitattributes|\.gitmodules")
MOST_LISTED = 3000  # files; GitHub lists no more


def judging_files(number: int) -> tuple[list[str], bool]:
    """The judging files that a pull request touches, and whether GitHub has listed all that it changes.

    params.yaml is among them where it is touched; whether its rules are is for who can read YAML.
    """
    changed = list(github_api.pages(f"pulls/{number}/files"))
    names = {name for file in changed for name in _names(file)}
    return sorted(name for name in names if is_judging(name)), len(changed) < MOST_LISTED


def is_judging(name: str) -> bool:
    """Whether a file of the repository is one of the judge's."""
    inside = name.removeprefix(prefix()) if name.startswith(prefix()) else None
    return bool(OF_REPOSITORY.fullmatch(name) or (inside is not None and OF_PROJECT.fullmatch(inside)))


def _names(file: Any) -> list[str]:
    return [str(file[key]) for key in ("filename", "previous_filename") if file.get(key)]
