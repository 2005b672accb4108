"""A comparison works wherever a project lies, and whatever git and DVC are told there; or says what to do."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.compare import base_model
from harness.compare.differences import changed_files
from harness.compare.judges import choose_judges
from harness.compare.work_tree import merge_base
from harness.core.errors import ProjectError
from harness.core.params import load_params
from harness.core.paths import MODEL_PATH
from tests.support import warm
from tests.support.clone import Clone, clone_of


@pytest.fixture(autouse=True)
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """DVC is found where Python is."""
    monkeypatch.setenv("PATH", f"{warm.programs()}{os.pathsep}{os.environ['PATH']}")


def reproduce(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> str:
    """Reproduce the commit where HEAD left main, in this process; its state, and that nothing is left behind."""
    monkeypatch.chdir(clone.folder)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(clone.folder / "none"))
    with base_model.reproduced(merge_base("main")) as base:
        assert base.state != "reproduced" or (base.folder / MODEL_PATH).exists()
        state = f"{base.state}{base.reason and ': '}{base.reason}"
    assert clone.run("git", "worktree", "list").stdout.count("\n") == 1
    return state


def branch_off(clone: Clone) -> None:
    clone.run("git", "switch", "--quiet", "--create", "branch")


def test_a_project_in_a_folder_of_its_repository_has_a_base(
    known: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was "no pipeline yet", and the rules against the base vanished."""
    whole, inner = Clone(tmp_path / "whole"), Clone(tmp_path / "whole/models/churn")
    shutil.copytree(known.folder, inner.folder, symlinks=True, ignore=shutil.ignore_patterns(".git"))
    (whole.folder / "README.md").write_text("several projects", "utf-8")
    whole.run("git", "init", "--quiet", "--initial-branch=main")
    whole.commit("projects")
    branch_off(inner)
    (inner.folder / "données.txt").write_text("new", "utf-8")
    (whole.folder / "README.md").write_text("beside it", "utf-8")
    assert reproduce(inner, monkeypatch) == "reproduced"
    assert changed_files(merge_base("main")) == ["A données.txt"]


def with_hooks(clone: Clone) -> None:
    clone.run("dvc", "install")


def with_a_shared_cache(clone: Clone) -> None:
    shared = clone.folder.parent / "shared"
    (clone.folder / ".dvc/cache").rename(shared)
    clone.run("dvc", "config", "--local", "cache.dir", str(shared))
    config = (clone.folder / ".dvc/config.local").read_text("utf-8")
    (clone.folder / ".dvc/config.local").unlink()
    with (clone.folder / ".dvc/config").open("a", encoding="utf-8") as file:
        file.write(config)
    clone.commit("a cache for several clones")


@pytest.mark.parametrize("arranged", [with_hooks, with_a_shared_cache])
def test_what_dvc_was_told_does_not_stand_in_the_way(
    reproduced: Clone, monkeypatch: pytest.MonkeyPatch, arranged: Callable[[Clone], None]
) -> None:
    arranged(reproduced)
    branch_off(reproduced)
    assert reproduce(reproduced, monkeypatch) == "reproduced"
    if arranged is with_a_shared_cache:
        assert not (reproduced.folder / ".dvc/cache").exists()


def test_a_submodule_has_a_base(known: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outer = Clone(tmp_path / "outer")
    outer.folder.mkdir()
    outer.run("git", "init", "--quiet", "--initial-branch=main")
    outer.run("git", "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(known.folder), "model")
    inner = Clone(outer.folder / "model")
    shutil.copytree(known.folder / ".dvc/cache", inner.folder / ".dvc/cache")
    branch_off(inner)
    assert reproduce(inner, monkeypatch) == "reproduced"


def test_rules_of_the_base_that_do_not_parse_are_a_rule_that_failed(
    reproduced: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They were the candidate's rules then, without a word."""
    params = reproduced.folder / "params.yaml"
    good = params.read_text("utf-8")
    reproduced.edit_params(lambda params: params["gates"]["metrics"]["roc_auc"].update(drop=0.01))
    reproduced.commit("a rule of another version")
    branch_off(reproduced)
    params.write_text(good, "utf-8")
    reproduced.commit("as it was")
    monkeypatch.chdir(reproduced.folder)
    with base_model.reproduced(merge_base("main")) as base:
        found = choose_judges(base, load_params())
    assert found.unreadable.startswith("params.yaml: gates.metrics.roc_auc.drop: Extra inputs are not permitted")


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({}, r"BASE=main: no common commit with HEAD .*; this repository has trunk: make report BASE=trunk"),
        (
            {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"},
            r"dubious ownership.*; another user owns it; if you trust it: git config --global --add safe\.directory",
        ),
    ],
)
def test_a_base_that_is_not_there_is_told_with_what_helps(
    known: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: dict[str, str], message: str
) -> None:
    clone = clone_of(known, tmp_path / "clone")
    clone.run("git", "branch", "--quiet", "--move", "main", "trunk")
    clone.run("git", "remote", "remove", "origin")
    monkeypatch.chdir(clone.folder)
    for name, value in setting.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ProjectError, match=message):
        merge_base("main")
