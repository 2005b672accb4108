"""What a stage may run next: the rules, what is refused in one line, and two who promote at once."""

import json
import os
import shutil
import signal
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.core.errors import ProjectError
from harness.monitor.state import Entry
from harness.stages.promote import carry_out, plan_promotion, plan_rollback
from harness.stages.registry import read_registry
from harness.stages.rules import not_calm
from tests.support.constants import ROOT
from tests.support.tagged import Tagged
from tests.support.warm import programs

NO_EARLIER = "error: STAGE=prod: it ran no other version before v1.0.0; make models lists what was where\n"
NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def stages(tagged: Tagged) -> Tagged:
    """Two versions and no stage that runs any."""
    shutil.copy(ROOT / "params.yaml", tagged.folder)
    (tagged.folder / "dvc.yaml").write_text("")
    for version in ("v1.0.0", "v1.1.0"):
        tagged.register(version, Model=version[1] * 64, Image=f"registry/team/project@sha256:{version}")
    tagged.push()
    return tagged


def make(tagged: Tagged, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [str(programs() / "python"), "-m", "harness", f"--project={tagged.folder}", *words]
    tagged.tick()
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def promote(tagged: Tagged, version: str, stage: str, *more: str) -> str:
    """What it says, error or not."""
    done = make(tagged, "promote", f"--version={version}", f"--stage={stage}", *more)
    assert (done.returncode == 0) == (done.stderr == "")
    return (done.stdout + done.stderr).strip()


def edit_stages(tagged: Tagged, **stages: Any) -> None:
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    (tagged.folder / "params.yaml").write_text(yaml.safe_dump({**params, "stages": stages}))


def on_github(tagged: Tagged, folder: Path) -> str:
    """Let origin be there, as far as git is told; the PATH on which `gh` writes down what it is asked."""
    bare = tagged.git("remote", "get-url", "origin")
    tagged.git("config", f"url.{bare}.insteadOf", "https://github.com/team/project")
    tagged.git("remote", "set-url", "origin", "https://github.com/team/project")
    (folder / "bin").mkdir()
    (folder / "bin/gh").write_text(f'#!/bin/sh\necho "$@" >> {folder}/asked\n')
    (folder / "bin/gh").chmod(0o755)
    return f"{folder}/bin:{os.environ['PATH']}"


def test_a_version_goes_through_staging_to_prod_and_back(stages: Tagged) -> None:
    assert promote(stages, "v1.0.0", "prod") == (
        "error: v1.0.0 was never in staging, so it can't go to prod; first: make promote VERSION=v1.0.0 STAGE=staging"
    )
    assert (
        promote(stages, "v1.0.0", "staging")
        == "staging: nothing → v1.0.0, tag model#staging#1, pushed to origin; nothing is deployed from here"
    )
    assert (
        promote(stages, "v1.0.0", "prod")
        == "prod: nothing → v1.0.0, tag model#prod#2, pushed to origin; nothing is deployed from here"
    )
    assert (
        promote(stages, "v1.1.0", "prod", "--unstaged=1")
        == "prod: v1.0.0 → v1.1.0, tag model#prod#3, pushed to origin; nothing is deployed from here"
    )
    done = make(stages, "rollback", "--stage=prod")
    assert done.stdout == "prod: v1.1.0 → v1.0.0, tag model#prod#4, pushed to origin; nothing is deployed from here\n"
    assert make(stages, "rollback", "--stage=prod").stderr == NO_EARLIER
    assert (stages.by_gto("prod"), stages.by_gto("staging")) == ("v1.0.0", "v1.0.0")  # it reads the tags that git made
    there = stages.git("ls-remote", "--tags", "origin", "refs/tags/model#*")
    assert [line.split("/")[-1] for line in there.splitlines() if "^" not in line] == [
        "model#prod#2",
        "model#prod#3",
        "model#prod#4",
        "model#staging#1",
    ]
    assert [(one.version, one.kind, one.by) for one in read_registry().of("prod")] == [
        ("v1.0.0", "promotion", "ann"),
        ("v1.1.0", "promotion", "ann"),
        ("v1.0.0", "rollback", "ann"),
    ]


def test_a_version_that_origin_does_not_have_is_not_moved(stages: Tagged) -> None:
    """The stage's tag was pushed alone, without a word: a colleague's `make models` said that there is no version."""
    stages.register("v1.2.0")
    assert promote(stages, "v1.2.0", "staging") == (
        "error: staging: not moved, model@v1.2.0 is in this clone alone, and the stage's tag goes to origin; first: "
        "git push origin model@v1.2.0"
    )
    assert stages.git("ls-remote", "origin", "refs/tags/model#*") == stages.git("tag", "--list", "model#*") == ""
    stages.git("push", "--quiet", "origin", "model@v1.2.0")
    told = "staging: nothing → v1.2.0, tag model#staging#1"
    assert promote(stages, "v1.2.0", "staging") == f"{told}, pushed to origin; nothing is deployed from here"
    stages.git("remote", "remove", "origin")
    assert promote(stages, "v1.1.0", "staging").endswith("tag model#staging#2; nothing is deployed from here")


def test_bad_input_is_told_in_one_line_and_moves_nothing(stages: Tagged) -> None:
    promote(stages, "v1.0.0", "staging")
    assert (
        promote(stages, "v7.0.0", "staging") == "error: VERSION=v7.0.0: no such version; the last ones: v1.0.0, v1.1.0"
    )
    assert promote(stages, "v1.1.0", "test") == (
        "error: STAGE=test: no such stage; params.yaml: stages has staging, prod"
    )
    assert promote(stages, "v1.0.0", "staging").startswith("error: staging runs v1.0.0 already, since 20")
    assert make(stages, "rollback", "--stage=test").stderr.startswith("error: STAGE=test: no such stage")
    nothing = "error: STAGE=prod: it runs nothing yet; make models lists what was where\n"
    assert make(stages, "rollback", "--stage=prod").stderr == nothing
    for name in ("1.1.0", "V1.1.0"):
        told = f"error: VERSION={name}: no such version; did you mean v1.1.0?"
        assert promote(stages, name, "staging") == told
    stages.git("remote", "set-url", "origin", str(stages.folder / "gone"))
    assert promote(stages, "v1.1.0", "staging").startswith("error: origin could not be asked, so nothing is moved: ")
    assert len(read_registry().assignments) == 1


def test_of_two_who_promote_at_once_one_is_told(stages: Tagged, tmp_path: Path) -> None:
    """The other's tag arrives between the fetch and the push: here by a hook of git."""
    other = Tagged(tmp_path / "other")
    stages.git("clone", "--quiet", str(tmp_path / "origin"), str(other.folder))
    other.assign("v1.1.0", "staging")
    hook = stages.folder / ".git/hooks/pre-push"
    hook.write_text(f"#!/bin/sh\ngit -C {other.folder} push --quiet origin 'refs/tags/model#staging#1'\n")
    hook.chmod(0o755)
    told = promote(stages, "v1.0.0", "staging")
    assert told.startswith("error: staging: not moved, another move may have been faster; to see it: make models (")
    assert len(told.splitlines()) == 1
    hook.unlink()
    assert stages.git("tag", "--list", "model#*") == ""
    assert promote(stages, "v1.1.0", "staging").startswith("error: staging runs v1.1.0 already")


def test_a_check_moves_nothing_and_writes_what_would_be(stages: Tagged) -> None:
    promote(stages, "v1.0.0", "staging")
    told = promote(stages, "v1.1.0", "staging", "--check=1")
    assert told == "staging: v1.0.0 → v1.1.0; the rules allow it"
    move = json.loads((stages.folder / "artifacts/models/move.json").read_text())
    assert (move["version"], move["before"]) == ("v1.1.0", "v1.0.0")
    assert move["before_image"] == "registry/team/project@sha256:v1.0.0"
    assert move["commit"] == stages.git("rev-parse", "HEAD")
    assert len(read_registry().assignments) == 1


def test_on_github_the_workflow_is_started(stages: Tagged, tmp_path: Path) -> None:
    path = on_github(stages, tmp_path)
    done = make(stages, "promote", "--version=v1.0.0", "--stage=staging", PATH=path)
    assert done.stdout == "staging → v1.0.0: promote.yml has started; to watch it: gh run watch\n"
    assert (tmp_path / "asked").read_text() == "workflow run promote.yml -f version=v1.0.0 -f stage=staging\n"
    assert stages.git("tag", "--list", "model#*") == ""
    edit_stages(stages, staging={"calm_days": 10, "metrics": {"roc_auc": {"min": 0.9}}}, prod={"after": "staging"})
    done = make(stages, "promote", "--version=v1.1.0", "--stage=staging", PATH=path)  # which has the looks and metrics
    assert done.stdout.startswith("staging → v1.1.0: promote.yml has started")
    done = make(stages, "promote", "--version=v1.1.0", "--stage=prod", PATH=path)
    assert done.stderr.startswith("error: v1.1.0 was never in staging, so it can't go to prod")
    assert promote(stages, "v1.1.0", "staging", "--here=1").startswith("error: RECORD=")
    edit_stages(stages, staging={})
    assert (
        promote(stages, "v1.0.0", "staging", "--here=1")
        == "staging: nothing → v1.0.0, tag model#staging#1, pushed to origin; nothing is deployed from here"
    )


def test_what_a_stage_runs_already_is_deployed_again_where_asked(stages: Tagged, tmp_path: Path) -> None:
    """A run that was lost between tag and deployment leaves the tag ahead of what answers."""
    promote(stages, "v1.0.0", "staging")
    assert promote(stages, "v1.1.0", "staging", "--redeploy=1") == "error: REDEPLOY=1: staging runs v1.0.0, not v1.1.0"
    promote(stages, "v1.1.0", "staging")
    told = promote(stages, "v1.1.0", "staging", "--check=1")
    assert told.endswith(" by ann; if another one answers there, deploy it again: REDEPLOY=1")
    assert promote(stages, "v1.1.0", "staging").endswith(" by ann")  # from here nothing is deployed
    edit_stages(stages, staging={"calm_days": 10})  # whoever may push can add a stage's tag: the rules are asked again
    told = promote(stages, "v1.1.0", "staging", "--redeploy=1", "--check=1")
    assert told == "error: stages.staging.calm_days: must have been watched for 10 days, but no look is recorded"
    edit_stages(stages, staging={})
    told = promote(stages, "v1.1.0", "staging", "--redeploy=1", "--check=1")
    assert told == "staging: v1.1.0 is deployed again, no new tag"
    move = json.loads((stages.folder / "artifacts/models/move.json").read_text())
    assert (move["kind"], move["version"], move["before"]) == ("redeployment", "v1.1.0", "v1.0.0")
    assert promote(stages, "v1.1.0", "staging", "--redeploy=1") == (
        "error: REDEPLOY=1 works only on GitHub, where promote.yml deploys; from here only tags are added"
    )
    path = on_github(stages, tmp_path)
    done = make(stages, "promote", "--version=v1.1.0", "--stage=staging", "--redeploy=1", PATH=path)
    assert done.stdout == "staging → v1.1.0: promote.yml has started; to watch it: gh run watch\n"
    assert (tmp_path / "asked").read_text().endswith(" -f version=v1.1.0 -f stage=staging -f redeploy=true\n")
    assert len(read_registry().assignments) == 2


def test_after_a_rollback_that_was_lost_the_version_that_it_left_is_what_answers(stages: Tagged) -> None:
    promote(stages, "v1.0.0", "staging")
    promote(stages, "v1.1.0", "staging")
    make(stages, "rollback", "--stage=staging")
    edit_stages(stages, staging={"calm_days": 10})  # which stop no way back
    promote(stages, "v1.0.0", "staging", "--redeploy=1", "--check=1")
    move = json.loads((stages.folder / "artifacts/models/move.json").read_text())
    assert (move["version"], move["before"]) == ("v1.0.0", "v1.1.0")


def test_a_tag_by_hand_that_says_rollback_does_not_pass_by_the_rules(stages: Tagged) -> None:
    stages.assign("v1.1.0", "prod", "prod: v1.1.0\n\nKind: rollback")
    stages.push()
    with pytest.raises(ProjectError, match=r"^v1\.1\.0 was never in staging, so it can't go to prod"):
        plan_promotion("v1.1.0", "prod", False, Path("none"), check=True, redeploy=True)


def test_limits_of_a_stage_are_held_against_the_version_s_own_metrics(stages: Tagged, tmp_path: Path) -> None:
    limits = {"metrics": {"roc_auc": {"min": 0.9}}, "slices": {"plan": {"accuracy": {"min": 0.7}}, "sex": {}}}
    edit_stages(stages, staging=limits)
    record, commit = tmp_path / "published", stages.git("rev-parse", "HEAD")
    assert promote(stages, "v1.1.0", "staging", f"--record={record}") == (
        f"error: RECORD={record}: must hold commit and metrics.json of v1.1.0 ({commit[:12]}), "
        "which promote.yml downloads; got no commit"
    )
    record.mkdir()
    (record / "commit").write_text(f"{commit}\n")
    slices = [
        {"column": "plan", "value": "basic", "rows": 90, "test": {"accuracy": 0.6}},
        {"column": "plan", "value": "plus", "rows": 90, "test": {"accuracy": 0.8}},
        {"column": "plan", "value": "gold", "rows": 2, "not_evaluable": "too few rows"},
    ]
    (record / "metrics.json").write_text(json.dumps({"test": {"roc_auc": 0.85}, "slices": slices}))
    assert promote(stages, "v1.1.0", "staging", f"--record={record}").splitlines() == [
        "error: stages.staging.metrics.roc_auc: must be at least 0.9000, is 0.8500",
        "stages.staging.slices.plan.accuracy: of basic: must be at least 0.7000, is 0.6000",
        "stages.staging.slices.plan.accuracy: of gold: too few rows",
        "stages.staging.slices.sex: no slice of this column was evaluated",
    ]
    (record / "metrics.json").write_text(json.dumps({"test": {"roc_auc": 0.95}, "slices": slices[1:2]}))
    edit_stages(stages, staging={**limits, "slices": {"plan": {"accuracy": {"min": 0.7}}}})
    assert promote(stages, "v1.1.0", "staging", f"--record={record}").startswith("staging: nothing → v1.1.0")


def test_a_stage_that_follows_an_unknown_one_is_refused(stages: Tagged) -> None:
    edit_stages(stages, prod={"after": "canary"})
    assert promote(stages, "v1.0.0", "prod").endswith("stages.prod.after must be one of prod, got 'canary'")


def looks(*days_and_outcomes: tuple[float, str]) -> list[Entry]:
    """The monitor's looks, so many days before now."""
    nothing: dict[str, Any] = {
        "rows": 1,
        "void": None,
        "purses": [],
        "groups": [],
        "seen_until": None,
        "closed_until": None,
    }
    return [
        Entry.model_validate(
            {
                **nothing,
                "rows": 1,
                "previous": "0" * 64,
                "model": "m",
                "look": number,
                "made": f"{NOW - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}",
                "outcome": outcome,
            }
        )
        for number, (days, outcome) in enumerate(days_and_outcomes)
    ]


@pytest.mark.parametrize(
    ("entries", "reasons"),
    [
        (looks((11, "nothing"), (5, "drift without shown loss"), (1, "nothing")), []),
        (looks((20, "loss shown"), (1, "nothing")), []),
        (looks(), ["must have been watched for 10 days, but no look is recorded"]),
        (looks((9, "nothing")), ["must have been watched for 10 days, but its first look is of 2026-02-20"]),
        (
            looks((11, "nothing"), (4, "nothing")),
            ["the last look, of 2026-02-25, is older than 2 days; run make monitor"],
        ),
        (looks((11, "nothing"), (3, "loss estimated"), (1, "nothing")), ["loss estimated at the look of 2026-02-26"]),
        (looks((11, "nothing"), (1, "not evaluable")), ["no look in these days could judge the model"]),
    ],
)
def test_calm_days_are_days_that_somebody_looked(entries: list[Entry], reasons: list[str]) -> None:
    assert list(not_calm(entries, 10, NOW)) == reasons


def test_a_commit_of_two_versions_is_refused_before_a_tag_is_made(stages: Tagged) -> None:
    stages.git("tag", "--annotate", "--message=by hand", "model@v1.1.5")
    stages.push()
    with pytest.raises(ProjectError, match=r"^VERSION=v1\.1\.0: commit \w+ must be one version, is "):
        plan_promotion("v1.1.0", "staging", False, Path("none"))
    carry_out(plan_promotion("v1.0.0", "staging", False, Path("none")), False, True)
    assert stages.git("tag", "--list", "model#*") == "model#staging#1"


def test_a_push_that_is_interrupted_leaves_no_tag(stages: Tagged) -> None:
    move = plan_promotion("v1.0.0", "staging", False, Path("none"))
    hook = stages.folder / ".git/hooks/pre-push"
    hook.write_text(f"#!/bin/sh\nkill -INT {os.getpid()}\nsleep 1\nexit 1\n")
    hook.chmod(0o755)
    kept = signal.signal(signal.SIGINT, signal.default_int_handler)  # which a program in the background ignores
    try:
        with pytest.raises(KeyboardInterrupt):
            carry_out(move, False, True)
    finally:
        signal.signal(signal.SIGINT, kept)
    assert stages.git("tag", "--list", "model#*") == ""


def test_a_push_whose_answer_is_lost_is_a_move_all_the_same(stages: Tagged, tmp_path: Path) -> None:
    """The tag has arrived when the connection ends: here because a hook at origin ends the push's own process."""
    hook = tmp_path / "origin/hooks/post-receive"
    hook.write_text("#!/bin/sh\nkill -9 $(ps -o ppid= -p $PPID)\n")
    hook.chmod(0o755)
    carry_out(plan_promotion("v1.0.0", "staging", False, Path("none")), False, True)
    assert stages.git("tag", "--list", "model#*") == "model#staging#1"
    assert stages.git("ls-remote", "origin", "refs/tags/model#staging#1")


def test_a_higher_number_that_came_before_the_push_is_told(stages: Tagged, tmp_path: Path) -> None:
    """All stages share the counter, so both pushes succeed."""
    other = Tagged(tmp_path / "other")
    stages.git("clone", "--quiet", str(tmp_path / "origin"), str(other.folder))
    other.assign("v1.0.0", "prod")
    other.assign("v1.1.0", "staging")
    hook = stages.folder / ".git/hooks/pre-push"
    hook.write_text(f"#!/bin/sh\ngit -C {other.folder} push --quiet origin 'refs/tags/model#staging#2'\n")
    hook.chmod(0o755)
    with pytest.raises(ProjectError, match=r"^staging: model#staging#1 is added, but .* runs v1\.1\.0, by ann;"):
        carry_out(plan_promotion("v1.0.0", "staging", False, Path("none")), False, True)


def test_a_stage_s_tag_at_a_commit_that_is_no_version_blocks_nothing(stages: Tagged) -> None:
    carry_out(plan_promotion("v1.0.0", "staging", False, Path("none")), False, True)
    stages.git("commit", "--quiet", "--allow-empty", "--message=none")
    stages.git("tag", "--annotate", "--message=x", "model#staging#2")
    stages.push()
    # What answers is v1.0.0 still: there a deployment that fails goes back to.
    assert plan_promotion("v1.1.0", "staging", False, Path("none")).before == "v1.0.0"
    assert plan_rollback("staging").version == "v1.0.0"


def test_of_two_who_go_back_at_once_the_second_does_not_go_back_further(stages: Tagged, tmp_path: Path) -> None:
    stages.register("v1.2.0")
    for version in ("v1.0.0", "v1.1.0", "v1.2.0"):
        stages.assign(version, "prod")
    stages.push()
    path = on_github(stages, tmp_path)
    assert make(stages, "rollback", "--stage=prod", PATH=path).returncode == 0
    asked = "workflow run promote.yml -f version=previous -f stage=prod -f leaves=v1.2.0\n"
    assert (tmp_path / "asked").read_text() == asked
    carry_out(plan_rollback("prod", leaves="v1.2.0"), False, True)
    told = r"^LEAVES=v1\.2\.0: prod runs v1\.1\.0 now; somebody was faster, see make models$"
    with pytest.raises(ProjectError, match=told):
        plan_rollback("prod", leaves="v1.2.0")


@pytest.mark.parametrize("address", ["git@github.com:team/project", "work:team/project"])
def test_origin_is_on_github_however_its_address_is_written(stages: Tagged, tmp_path: Path, address: str) -> None:
    path = on_github(stages, tmp_path)
    bare = tmp_path / "origin"
    stages.git("config", f"url.{bare}.insteadOf", address)
    stages.git("remote", "set-url", "origin", address)
    if "github" not in address:
        (tmp_path / "github.com").mkdir()
        (tmp_path / "github.com/project").symlink_to(bare)
        stages.git("config", "--unset-all", f"url.{bare}.insteadOf")
        stages.git("config", f"url.{tmp_path}/github.com/.insteadOf", "work:team/")
    done = make(stages, "promote", "--version=v1.0.0", "--stage=staging", PATH=path)
    assert done.stdout.startswith("staging → v1.0.0: promote.yml has started"), done.stderr


@pytest.mark.parametrize("address", ["git@work:Team/project.git", "https://git.example.org/team/project"])
def test_what_gh_knows_as_origin_is_on_github_too(
    stages: Tagged, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """An alias of ssh's settings, and an Enterprise Server: a tag added here would pass by reviewers and deploy."""
    monkeypatch.setenv("PATH", on_github(stages, tmp_path))
    stages.git("config", f"url.{tmp_path / 'origin'}.insteadOf", address)
    stages.git("remote", "set-url", "origin", address)
    asked, gh = tmp_path / "asked", tmp_path / "bin/gh"

    def moved(version: str, stage: str, seen: str) -> bool:
        """Whether a tag was added here."""
        gh.write_text(f'#!/bin/sh\necho "$@" >> {asked}\n[ "$1" = repo ] && echo {seen}\nexit 0\n')
        before = stages.git("tag", "--list")
        stages.tick()
        carry_out(plan_promotion(version, stage, False, Path("none")), False, False)
        return stages.git("tag", "--list") != before

    assert moved("v1.0.0", "staging", "team/project")  # no workflow, no question
    assert not asked.exists()
    (stages.folder / ".github/workflows").mkdir(parents=True)
    (stages.folder / ".github/workflows/promote.yml").write_text("")
    assert not moved("v1.1.0", "staging", "team/project")
    assert asked.read_text().endswith("workflow run promote.yml -f version=v1.1.0 -f stage=staging\n")
    assert moved("v1.1.0", "staging", "team/other")  # another remote is there, not origin
    assert moved("v1.0.0", "prod", "")


def test_a_number_of_many_digits_stops_no_later_move(stages: Tagged) -> None:
    stages.git("tag", "--annotate", "--message=x", f"model#prod#{'9' * 40}")
    stages.push()
    carry_out(plan_promotion("v1.0.0", "staging", False, Path("none")), False, True)
    assert read_registry().current("staging")


@pytest.mark.usefixtures("stages")
def test_a_stage_that_breaks_its_line_stays_in_it() -> None:
    with pytest.raises(ProjectError, match=r"^STAGE=prod\?::error::y: no such stage"):
        plan_promotion("v1.0.0", "prod\n::error::y", False, Path("none"))
