"""A project whose model runs: made once, copied into each test's folder."""

import shutil
from pathlib import Path

import pytest

from tests.support.project import Project, project_in


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a project whose model runs, with test rows enough to see a loss; not to be changed."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        folder = tmp_path_factory.mktemp("watched")
        project = project_in(folder, monkeypatch)
        project.become("binary", 4000)
        project.run()
    return folder


@pytest.fixture
def watched(made: Path, project: Project) -> Project:
    """A copy of that project, in which the test runs."""
    shutil.copytree(made, project.folder, dirs_exist_ok=True)
    return project
