"""Every kind of remote goes with the locks: solved against this machine's own index, and nothing is installed."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.core.errors import ProjectError
from harness.core.paths import LOCKS
from harness.project.address import FOLDER_KIND, REMOTE_KINDS
from harness.project.locks import PROJECT_FILE, locked_versions
from harness.project.plugin import add_plugin, lock_plugin
from tests.support.constants import ROOT

PLUGINS = sorted({kind.plugin for kind in REMOTE_KINDS.values()})


@pytest.fixture(scope="module")
def index() -> None:
    """The index answers, whichever pip and uv are told to ask."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--no-header", "-"]
    done = subprocess.run(command, input="dvc-s3", capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no package index can be asked here: {done.stderr.strip().splitlines()[-1]}")


@pytest.fixture
def groups(index: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The template's groups and locks, to change at will."""
    del index
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    shutil.copy(ROOT / PROJECT_FILE, tmp_path)
    monkeypatch.chdir(tmp_path)


def versions() -> dict[str, dict[str, str]]:
    return {group: locked_versions(path.read_text("utf-8")) for group, path in LOCKS.items()}


@pytest.mark.usefixtures("groups")
@pytest.mark.parametrize("plugin", PLUGINS)
def test_every_kind_of_remote_is_solved_with_the_locks(plugin: str) -> None:
    """The service's lock took a python-dateutil that what dvc-s3 stands on refuses, and no lock was left."""
    lock_plugin(plugin)
    made = versions()
    assert plugin in made["pipeline"]
    assert plugin not in made["service"]
    assert made["service"].items() <= made["pipeline"].items() <= made["dev"].items()


@pytest.mark.usefixtures("groups")
def test_a_folder_needs_no_package() -> None:
    before = versions()
    add_plugin(FOLDER_KIND.plugin)
    assert versions() == before


@pytest.mark.usefixtures("groups")
def test_a_kind_of_remote_that_is_none_moves_no_lock() -> None:
    before = {path: path.read_bytes() for path in LOCKS.values()}
    with pytest.raises(ProjectError, match=r"the locks could not be renewed and are unchanged: .*dvc-nowhere-at-all"):
        lock_plugin("dvc-nowhere-at-all")
    assert {path: path.read_bytes() for path in LOCKS.values()} == before
