"""Fixtures: a repository with versions and stages."""

from pathlib import Path

import pytest

from tests.support.tagged import Tagged


@pytest.fixture
def tagged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tagged:
    made = Tagged(tmp_path / "clone")
    made.folder.mkdir()
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_DATE", "1800000000 +0000")  # set anew by each tick
        monkeypatch.setenv(f"GIT_{who}_NAME", "ann")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "ann@example.org")
    made.git("init", "--quiet", "--initial-branch=main")
    made.git("init", "--quiet", "--bare", "--initial-branch=main", str(tmp_path / "origin"))
    made.git("remote", "add", "origin", str(tmp_path / "origin"))
    monkeypatch.chdir(made.folder)
    return made
