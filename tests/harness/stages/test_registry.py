"""What the tags say, read as gto itself reads them, and shown by `make models`."""

import subprocess
from datetime import datetime
from pathlib import Path

import gto.api
import pytest

from harness.core.errors import ProjectError
from harness.stages.history import show_models
from harness.stages.registry import fetch_tags, read_registry
from tests.support.tagged import Tagged

FACTS = {"Data": "d" * 64, "Model": "m" * 64, "Metric": "roc_auc", "Value": "0.81", "Low": "0.78", "High": "0.84"}


def test_a_stage_runs_what_gto_says_that_it_runs(tagged: Tagged) -> None:
    tagged.register("v1.0.0", **FACTS)
    tagged.register("v1.1.0", **FACTS)
    for version, stage in (("v1.0.0", "staging"), ("v1.1.0", "staging"), ("v1.0.0", "prod"), ("v1.0.0", "staging")):
        tagged.assign(version, stage)
    registry = read_registry()
    assert [version.name for version in registry.versions] == ["v1.0.0", "v1.1.0"]
    assert [(one.number, one.stage, one.version, one.by) for one in registry.assignments] == [
        (1, "staging", "v1.0.0", "ann"),
        (2, "staging", "v1.1.0", "ann"),
        (3, "prod", "v1.0.0", "ann"),
        (4, "staging", "v1.0.0", "ann"),
    ]
    for stage in ("staging", "prod", "nowhere"):
        found = registry.current(stage)
        assert (found.version if found else None) == tagged.by_gto(stage)
    gto.api.unassign(str(tagged.folder), "model", version="v1.0.0", stage="prod")
    assert read_registry().current("prod") is None
    assert tagged.by_gto("prod") is None


def test_rollbacks_go_down_what_promotions_piled_up(tagged: Tagged) -> None:
    for version in ("v1.0.0", "v1.0.1", "v1.1.0"):
        tagged.register(version)
        tagged.assign(version, "prod")
    assert read_registry().before("prod") == "v1.0.1"
    tagged.assign("v1.0.1", "prod", "back\n\nKind: rollback\n")
    assert read_registry().before("prod") == "v1.0.0"  # not the one that was just left
    tagged.assign("v1.0.0", "prod", "back\n\nKind: rollback\n")
    assert read_registry().before("prod") is None
    tagged.assign("v1.1.0", "prod")
    assert read_registry().before("prod") == "v1.0.0"


def test_versions_are_in_the_order_of_their_numbers(tagged: Tagged) -> None:
    for version in ("v1.9.0", "v1.10.0", "v2.0.0"):
        tagged.register(version)
    assert [version.name for version in read_registry().versions] == ["v1.9.0", "v1.10.0", "v2.0.0"]


def test_a_tag_without_a_message_and_one_of_another_artifact_are_no_versions(tagged: Tagged) -> None:
    tagged.register("v1.0.0")
    tagged.git("tag", "model@v9.0.0")
    tagged.git("tag", "--annotate", "--message=other", "models@v8.0.0")
    for name in ("model@seven", "model@created", "model@v1.0.0#3", "model@v01.0.0", "model@v1.0.0!"):
        tagged.git("tag", "--annotate", "--message=no version", name)
    assert [version.name for version in read_registry().versions] == ["v1.0.0"]


def test_of_two_versions_of_one_commit_a_stage_runs_the_one_that_its_tag_names(tagged: Tagged) -> None:
    tagged.register("v1.0.0")
    tagged.git("tag", "--annotate", "--message=by hand", "model@v9.9.9")
    for number, version in enumerate(("v1.0.0", "v9.9.9"), 1):
        tagged.git("tag", "--annotate", f"--message=prod: {version}\n\nKind: promotion", f"model#prod#{number}")
    assert [one.version for one in read_registry().assignments] == ["v1.0.0", "v9.9.9"]


def test_moves_of_two_stages_at_once_may_have_one_number(tagged: Tagged) -> None:
    tagged.register("v1.0.0")
    tagged.assign("v1.0.0", "staging")
    tagged.tick()
    tagged.git("tag", "--annotate", "--message=prod: v1.0.0", "model#prod#1")
    assert [(one.number, one.stage) for one in read_registry().assignments] == [(1, "staging"), (1, "prod")]
    tagged.assign("v1.0.0", "staging")
    assert [one.number for one in read_registry().assignments] == [1, 1, 2]


def test_an_unknown_version_is_told_with_those_that_are_there(tagged: Tagged) -> None:
    tagged.register("v1.0.0")
    with pytest.raises(ProjectError, match=r"^VERSION=v3: no such version; the last ones: v1\.0\.0$"):
        read_registry().version("v3")


def test_make_models_tells_the_story(tagged: Tagged, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    first = tagged.register("v1.0.0", **FACTS)
    tagged.register("v1.1.0", **{**FACTS, "Value": "0.83"})
    tagged.assign("v1.0.0", "prod")
    tagged.assign("v1.1.0", "prod")
    tagged.assign("v1.0.0", "prod", "back\n\nKind: rollback\nBy: bob\nReason: golden row 3 must give 0.1, got 0.9\n")
    tagged.push()
    show_models(tmp_path / "history.png")
    header, newest, oldest, _, *moves, _, picture = capsys.readouterr().out.splitlines()
    assert header.split()[:4] == ["version", "commit", "published", "data"]
    assert newest.split()[:2] == ["v1.1.0", tagged.git("rev-parse", "--short=12", "HEAD")]
    assert newest.endswith("dddddddddddd roc_auc           0.8300 0.7800 … 0.8400")
    assert oldest.split()[:2] == ["v1.0.0", first[:12]]
    assert oldest.endswith(" by bob")
    assert " prod since 2" in oldest
    assert [move[18:] for move in moves] == [
        "prod runs v1.0.0, by ann",
        "prod runs v1.1.0, by ann",
        "prod is back at v1.0.0, by bob: golden row 3 must give 0.1, got 0.9",
    ]
    assert picture == f"{tmp_path}/history.png: roc_auc of 2 versions"
    assert (tmp_path / "history.png").read_bytes().startswith(b"\x89PNG")


def test_an_origin_that_is_away_is_told_and_the_clone_asked(
    tagged: Tagged, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    tagged.register("v1.0.0")
    tagged.git("remote", "set-url", "origin", str(tmp_path / "gone"))
    show_models(tmp_path / "history.png")
    told = capsys.readouterr().out
    assert told.startswith("note: origin could not be asked, so this is what this clone knows: ")
    assert "v1.0.0" in told


def test_without_a_version_one_line_says_who_registers_them(
    tagged: Tagged, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    tagged.git("commit", "--quiet", "--allow-empty", "--message=none")
    tagged.push()
    show_models(tmp_path / "history.png")
    assert capsys.readouterr().out.startswith("no version yet: publish.yml registers one")
    assert not (tmp_path / "history.png").exists()


def test_a_message_cannot_pretend_to_be_another_tag(tagged: Tagged) -> None:
    tagged.register("v1.0.0")
    tagged.git("tag", "--annotate", "--message=a\x1etag\x1eb", "model@v3.0.1")
    assert [version.name for version in read_registry().versions] == ["v1.0.0", "v3.0.1"]


def test_a_tag_at_a_file_is_no_version(tagged: Tagged) -> None:
    tagged.register("v1.0.0")
    (tagged.folder / "file").write_text("x")
    blob = tagged.git("hash-object", "-w", "file")
    for name in ("model@v7.0.0", "model@v1.0.\N{ARABIC-INDIC DIGIT ONE}"):
        tagged.git("tag", "--annotate", "--message=x", name, blob if name.endswith("v7.0.0") else "HEAD")
    assert [version.name for version in read_registry().versions] == ["v1.0.0"]


@pytest.mark.parametrize("date", ["-5 +0000", "99999999999999 +0000", "1700000000 +9999"])
def test_a_tag_whose_date_git_cannot_show_is_left_out(tagged: Tagged, date: str) -> None:
    commit = tagged.register("v1.0.0")
    made = f"object {commit}\ntype commit\ntag model#prod#1\ntagger eve <e@x> {date}\n\nprod: v1.0.0\n"
    command = ["git", "hash-object", "-t", "tag", "-w", "--stdin", "--literally"]
    done = subprocess.run(command, cwd=tagged.folder, input=made, capture_output=True, text=True, check=True)
    tagged.git("update-ref", "refs/tags/model#prod#1", done.stdout.strip())
    registry = read_registry()
    assert (len(registry.versions), registry.assignments) == (1, ())
    assert datetime.fromisoformat(registry.versions[0].date).tzinfo


def test_what_a_tag_says_steers_no_terminal_and_no_picture(
    tagged: Tagged, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    tagged.register("v1.0.0", **{**FACTS, "Metric": "\x1b[31mroc$\\frac{", "Low": "-inf", "High": "nan"})
    tagged.register("v1.1.0", **{**FACTS, "Metric": "\x1b[31mroc$\\frac{", "Value": "1e308"})
    tagged.assign("v1.0.0", "prod", "x\n\nKind: promotion\nBy: \x1b[31meve\nReason: \x1b[2J\n")
    tagged.push()
    show_models(tmp_path / "history.png")
    told = capsys.readouterr().out
    assert "\x1b" not in told
    assert "?[31meve" in told
    assert (tmp_path / "history.png").exists()


def test_a_tag_of_this_clone_alone_is_told_in_git_s_words(tagged: Tagged) -> None:
    tagged.register("v1.0.0")
    tagged.assign("v1.0.0", "staging")
    tagged.push()
    tagged.git("tag", "--annotate", "--force", "--message=mine", "model#staging#1")
    assert "model#staging#1 (would clobber existing tag)" in fetch_tags()


def test_a_tag_that_was_never_pushed_is_said_to_be_only_here(
    tagged: Tagged, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    tagged.register("v1.0.0")
    tagged.push()
    tagged.assign("v1.0.0", "prod")
    show_models(tmp_path / "history.png")
    assert capsys.readouterr().out.startswith("note: only this clone has model#prod#1: push it, or delete it")
    tagged.push()
    show_models(tmp_path / "history.png")
    assert "note: " not in capsys.readouterr().out
