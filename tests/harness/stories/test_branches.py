"""Two branches, a rebase, a squash, a revert, a release branch, an old commit: with real git and real DVC.

People may commit results or not: only main's run records them, so either side of a conflict gives the same model.
"""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support.clone import Clone
from tests.support.project import stages_run

RESULTS = ("dvc.lock", "artifacts/evaluation/metrics.json")
MODEL = "artifacts/model/model.onnx"
TAKE = re.compile(r"^error: dvc\.lock: .*, so take either side: (git checkout --ours .*)$", re.MULTILINE)


@pytest.fixture(scope="module")
def forked(known: Clone, tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """Two branches off main, each with another parameter and its results; `both` has the two, made on one branch."""
    made = Clone(tmp_path_factory.mktemp("forked") / "project")
    shutil.copytree(known.folder, made.folder, symlinks=True)
    made.edit_params(lambda params: params["evaluate"].update(resamples=200, refits=0))
    for branch, settings in (
        ("main", {"max_iter": 20}),
        ("slow", {"learning_rate": 0.03}),
        ("rough", {"min_samples_leaf": 60}),
        ("both", {"learning_rate": 0.03, "min_samples_leaf": 60}),
    ):
        made.run("git", "checkout", "--quiet", *(["-b", branch] if branch != "main" else []), "main")
        change(made, **settings)
        made.commit(branch)
    made.run("git", "checkout", "--quiet", "main")
    return made


@pytest.fixture
def project(forked: Clone, tmp_path: Path) -> Clone:
    """A copy, on the branch `slow`, to change at will."""
    made = Clone(tmp_path / "project")
    shutil.copytree(forked.folder, made.folder, symlinks=True)
    made.run("git", "checkout", "--quiet", "slow")
    return made


def change(made: Clone, **settings: float) -> None:
    made.edit_params(lambda params: params["train"]["params"].update(settings))
    pipeline(made)


def pipeline(made: Clone, check: bool = True) -> Any:
    return made.run("python", "-m", "harness", "pipeline", check=check)


def results(made: Clone) -> dict[str, bytes]:
    return {name: (made.folder / name).read_bytes() for name in (*RESULTS, MODEL)}


def results_of(made: Clone, branch: str) -> dict[str, bytes]:
    return {name: made.run("git", "show", f"{branch}:{name}").stdout.encode() for name in RESULTS}


def report(made: Clone, base: str) -> dict[str, Any]:
    made.run("python", "-m", "harness", "report", f"--base={base}")
    found: dict[str, Any] = json.loads((made.folder / "artifacts/report/report.json").read_text("utf-8"))
    return found


def hash_of(made: Clone, revision: str) -> str:
    return made.run("git", "rev-parse", revision).stdout.strip()


def refused(made: Clone) -> str:
    """What the error of conflicted results says to run."""
    done = pipeline(made, check=False)
    assert done.returncode == 1
    (command,) = TAKE.findall(done.stderr)
    return str(command)


@pytest.mark.parametrize("side", ["--ours", "--theirs"])
def test_of_conflicted_results_either_side_gives_the_same_model(project: Clone, side: str) -> None:
    merged = project.run("git", "merge", "rough", check=False)
    assert "CONFLICT (content): Merge conflict in dvc.lock" in merged.stdout
    assert "Merge conflict in artifacts/evaluation/metrics.json" in merged.stdout
    assert "params.yaml" not in re.sub("Auto-merging.*", "", merged.stdout)
    command = refused(project)
    assert command == f"git checkout --ours {' '.join(RESULTS)}"
    project.run("sh", "-c", command.replace("--ours", side))
    pipeline(project)
    assert {name: results(project)[name] for name in RESULTS} == results_of(project, "both")
    project.commit("merged")
    done = pipeline(project)
    assert stages_run(done.stdout) == []
    assert "may be committed or not" not in done.stdout  # nothing has changed


def test_results_that_git_mixes_by_itself_are_not_believed(project: Clone) -> None:
    """A stage of one side, a stage of the other: DVC runs what fits neither."""
    assert "note: dvc.lock" not in pipeline(project).stdout
    lines = {name: project.run("git", "show", f"rough:{name}").stdout for name in RESULTS}
    half = lines["dvc.lock"].partition("  evaluate:")[0]
    ours = (project.folder / "dvc.lock").read_text("utf-8").partition("  evaluate:")
    (project.folder / "dvc.lock").write_text(half + ours[1] + ours[2], "utf-8")
    (project.folder / RESULTS[1]).write_text(lines[RESULTS[1]], "utf-8")
    pipeline(project)
    assert {name: results(project)[name] for name in RESULTS} == results_of(project, "slow")
    told = "note: dvc.lock and metrics.json may be committed or not: only main's run records results"
    change(project, l2_regularization=9)
    shown = pipeline(project).stdout
    assert told in shown
    assert "git add dvc.lock" not in shown  # DVC's own advice
    assert "dvc push" not in shown


def test_a_rebase_stops_at_results_and_goes_on_with_either_side(project: Clone) -> None:
    stopped = project.run("git", "rebase", "rough", check=False)
    assert "CONFLICT (content): Merge conflict in dvc.lock" in stopped.stdout + stopped.stderr
    project.run("sh", "-c", refused(project))
    project.run("git", "add", "--all")
    project.run("git", "-c", "core.editor=true", "rebase", "--continue")
    pipeline(project)
    assert {name: results(project)[name] for name in RESULTS} == results_of(project, "both")


def test_after_a_squash_the_next_branch_is_compared_with_what_main_has(project: Clone) -> None:
    project.run("git", "checkout", "--quiet", "main")
    project.run("git", "merge", "--quiet", "--squash", "slow")
    project.commit("slow, squashed")
    project.run("git", "checkout", "--quiet", "-b", "next")
    project.commit("nothing")
    found = report(project, "main")
    assert (found["base_state"], found["base_commit"]) == ("compared", hash_of(project, "main"))
    assert {each["change"] for each in found["changes"]} == {0}


def test_the_revert_of_a_merge_brings_the_old_model_back(project: Clone) -> None:
    project.run("git", "checkout", "--quiet", "main")
    before = results_of(project, "main")
    project.run("git", "merge", "--quiet", "--no-ff", "--no-edit", "slow")
    project.run("git", "revert", "--no-edit", "--mainline", "1", "HEAD")
    assert stages_run(pipeline(project).stdout) == []  # from DVC's cache
    assert {name: results(project)[name] for name in RESULTS} == before
    found = report(project, "HEAD~2")
    assert {each["change"] for each in found["changes"]} == {0}
    # And what was reverted comes again as a change.
    project.run("git", "checkout", "--quiet", "-b", "again")
    project.run("git", "revert", "--no-edit", "HEAD")
    assert report(project, "main")["params"] == [{"key": "train.params.learning_rate", "old": "0.05", "new": "0.03"}]


def test_a_change_to_a_release_branch_is_compared_with_that_branch(project: Clone) -> None:
    project.run("git", "branch", "release-1", "rough")
    project.run("git", "checkout", "--quiet", "-b", "patch", "release-1")
    change(project, learning_rate=0.03)
    project.commit("a patch")
    found = report(project, "release-1")
    assert (found["base_state"], found["base_commit"]) == ("compared", hash_of(project, "release-1"))
    assert [each["key"] for each in found["params"]] == ["train.params.learning_rate"]


def test_an_old_commit_gives_its_own_results_again(project: Clone) -> None:
    project.run("git", "checkout", "--quiet", "--detach", "slow~1")
    pipeline(project)
    assert project.status() == ""  # what it recorded is what it gives
    found = report(project, "HEAD~1")
    assert (found["base_state"], found["commit"]) == ("compared", hash_of(project, "slow~1"))
