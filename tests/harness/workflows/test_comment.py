"""comment.yml, run for real: what becomes of a report, of a crash and of a hostile artifact."""

import html
import io
import json
import re
import sys
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any

import pytest

from tests.support.constants import ROOT
from tests.support.reports import CHANGE, report
from tests.support.workflows.runner import Runner, archive, ended, label

SHA, NEWER = "a" * 40, "b" * 40


RULES = {"metrics": {"roc_auc": {"min": 0.8, "max_drop": 0.01}}, "slices": {}}


@pytest.fixture
def runner(runner: Runner) -> Runner:
    """Main has rules about the one metric that these reports hold."""
    runner.clone.edit_params(lambda params: params.update(gates=RULES))
    runner.clone.commit("rules")
    runner.push("refs/heads/main")
    return runner


def a_report(runner: Runner, **changes: Any) -> bytes:
    """A report of a comparison with main."""
    base = runner.clone.run("git", "rev-parse", "HEAD").stdout.strip()
    return report(**{"base_commit": base, **changes}).model_dump_json().encode()


def status(runner: Runner) -> tuple[str, str]:
    """The newest status: its commit and its state."""
    newest = runner.github.statuses[-1]
    assert newest["context"] == "model-gate"
    return newest["sha"], newest["state"]


def bodies(runner: Runner, number: int = 1) -> list[str]:
    return [comment["body"] for comment in runner.github.comments.get(number, [])]


def reports(runner: Runner) -> list[str]:
    """The files on the pictures' branch."""
    return runner.clone.run("git", "-C", str(runner.bare), "ls-tree", "-r", "--name-only", "reports").stdout.split()


def test_a_report_becomes_one_comment_with_pictures_on_their_own_branch(runner: Runner) -> None:
    runner.github.open_pull(1, SHA)
    runner.github.upload(7, archive(a_report(runner)))
    done = runner.comment(ended(SHA))
    assert done.code == 0, done.log
    (body,) = bodies(runner)
    place = f"{runner.github.url}/team/project/raw/reports/1/{SHA}"
    assert re.search(rf"!\[ROC of both models[^]]*\]\({re.escape(place)}/roc\.png\)", body)
    assert re.search(rf"!\[Changes with joint 95 % intervals: .*\]\({re.escape(place)}/changes\.png\)", body)
    assert f"[run]({runner.github.url}/team/project/actions/runs/7)" in body
    assert reports(runner) == [f"1/{SHA}/changes.png", f"1/{SHA}/roc.png"]


def test_a_second_push_updates_the_comment_and_the_branch_keeps_one_commit(runner: Runner) -> None:
    runner.github.open_pull(2, "c" * 40, branch="other")
    for sha in (SHA, NEWER):
        runner.github.open_pull(1, sha)
        runner.github.upload(7, archive(a_report(runner)))
        assert runner.comment(ended(sha)).code == 0
    (body,) = bodies(runner)
    assert f"Commit {NEWER} ·" in body
    assert f"Commit {SHA} ·" not in body
    assert [call for call in runner.github.calls if "issues/" in call and not call.startswith("GET")] == [
        "POST issues/1/comments",
        "PATCH issues/comments/1000",
    ]
    assert runner.clone.run("git", "-C", str(runner.bare), "rev-list", "--count", "reports").stdout.strip() == "1"


def push(runner: Runner, sha: str) -> None:
    runner.github.open_pull(1, sha)
    runner.github.upload(7, archive(a_report(runner)))
    done = runner.comment(ended(sha))
    assert done.code == 0, done.log


def test_one_comment_is_kept_where_cml_does_not_find_the_older_one(runner: Runner) -> None:
    """CML reads the first 30 comments alone."""
    runner.variables["REPORT_PICTURES"] = "off"
    for _ in range(120):
        runner.github.write("POST", "issues/1/comments", "a word", login="somebody")
    for sha in (SHA, NEWER):
        push(runner, sha)
    assert bodies(runner)[:120] == ["a word"] * 120
    (body,) = bodies(runner)[120:]
    assert f"Commit {NEWER} ·" in body


def test_a_comment_of_somebody_else_with_our_mark_is_left_alone(runner: Runner) -> None:
    """CML would put the report into it, and its author could change the report."""
    runner.variables["REPORT_PICTURES"] = "off"
    push(runner, SHA)
    copied = bodies(runner)[0]
    runner.github.write("POST", "issues/1/comments", copied, login="somebody")
    push(runner, NEWER)
    theirs, ours = runner.github.comments[1]
    assert (theirs["user"]["login"], theirs["body"]) == ("somebody", copied)
    assert (ours["user"]["login"], f"Commit {NEWER} ·" in ours["body"]) == ("github-actions[bot]", True)


def test_a_fork_gets_its_comment_on_its_own_pull_request(runner: Runner) -> None:
    runner.github.open_pull(1, NEWER)
    runner.github.open_pull(5, SHA, owner="stranger")
    runner.github.upload(7, archive(a_report(runner)))
    assert runner.comment(ended(SHA, owner="stranger")).code == 0
    assert [len(bodies(runner, number)) for number in (1, 5)] == [0, 1]


def test_an_older_run_says_nothing(runner: Runner) -> None:
    runner.github.open_pull(1, NEWER)
    runner.github.upload(7, archive(a_report(runner)))
    done = runner.comment(ended(SHA))
    assert done.code == 0, done.log
    assert "no open pull request has" in done.log
    assert bodies(runner) == []
    assert status(runner) == (SHA, "failure")  # it was judged for nobody


def test_a_push_while_the_comment_is_made_keeps_it_from_being_posted(runner: Runner) -> None:
    runner.variables["REPORT_PICTURES"] = "off"
    runner.github.open_pull(1, SHA)
    runner.github.upload(7, archive(a_report(runner)))
    runner.github.then["GET actions/artifacts/100/zip"] = lambda: runner.github.open_pull(1, NEWER)
    done = runner.comment(ended(SHA))
    assert done.code == 0, done.log
    assert "a newer commit was pushed: no comment" in done.log
    assert bodies(runner) == []


def test_pictures_of_runs_at_the_same_time_are_all_kept_and_those_of_closed_pull_requests_are_not(
    runner: Runner,
) -> None:
    for number in range(1, 5):
        (runner.folder / f"made/{number}").mkdir(parents=True)
        (runner.folder / f"made/{number}/roc.png").write_bytes(b"\x89PNG\r\n\x1a\n")
        (runner.folder / f"made/{number}/other.txt").write_bytes(b"\x89PNG\r\n\x1a\n")

    def publish(number: int, opened: str) -> None:
        more = {"NUMBERS": str(number), "HEAD_SHA": SHA, "OPEN": opened}
        runner.script("publish_pictures.py", {}, str(runner.folder / "made"), **more)

    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda number: publish(number, "1 2 3"), (1, 2, 3)))
    assert reports(runner) == [f"{number}/{SHA}/roc.png" for number in (1, 2, 3)]
    publish(4, "1 4")
    assert reports(runner) == [f"{number}/{SHA}/roc.png" for number in (1, 4)]


def test_a_report_that_is_too_long_is_cut_and_not_lost(runner: Runner) -> None:
    slices = [{"column": "c" * 200, "value": "|" * 2000, "rows": 9, "not_evaluable": "|" * 200, "changes": []}] * 200
    runner.github.open_pull(1, SHA)
    runner.github.upload(7, archive(a_report(runner, slices=slices)))
    done = runner.comment(ended(SHA))
    assert done.code == 0, done.log
    (body,) = bodies(runner)
    assert "The rest is cut off" in body


def test_without_pictures_the_comment_is_complete(runner: Runner) -> None:
    runner.variables["REPORT_PICTURES"] = "off"
    runner.github.open_pull(1, SHA)
    runner.github.upload(7, archive(a_report(runner)))
    assert runner.comment(ended(SHA)).code == 0
    (body,) = bodies(runner)
    assert "Curves" not in body
    assert not re.search(r"!\[(?!\])", body)  # CML's own mark is a picture too
    assert runner.clone.run("git", "-C", str(runner.bare), "branch", "--list", "reports").stdout == ""


def test_a_crashed_run_takes_the_place_of_an_older_green_comment(runner: Runner) -> None:
    runner.variables["REPORT_PICTURES"] = "off"
    runner.github.open_pull(1, SHA)
    runner.github.upload(7, archive(a_report(runner)))
    assert runner.comment(ended(SHA)).code == 0
    runner.github.open_pull(1, NEWER)
    assert runner.comment(ended(NEWER, "failure", number=8)).code == 0
    (body,) = bodies(runner)
    assert body.startswith(f"## 💥 The run failed at {NEWER[:12]}")
    assert "/actions/runs/8)" in body


def test_a_report_of_an_earlier_attempt_is_not_shown_for_a_later_one(runner: Runner) -> None:
    runner.github.open_pull(1, SHA)
    runner.github.upload(7, archive(a_report(runner)), created="2025-12-31T23:59:59Z")
    assert runner.comment(ended(SHA, "failure")).code == 0
    assert "The run failed" in bodies(runner)[0]


def packed_by_lzma() -> bytes:
    """Broken behind its head: the reader of this kind raises an error of its own."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_LZMA) as file:
        file.writestr("report.json", b"{}" * 100)
    return buffer.getvalue().replace(b"\x09\x04\x05\x00", b"\x09\x04\x05\x00\xff", 1)


HOSTILE: dict[str, Callable[[bytes], bytes]] = {
    "link": lambda _: archive(b"/etc/passwd", link=True),
    "path": lambda report: archive(report, name="../report.json"),
    "name": lambda report: archive(report, name="x\n::add-mask::y"),
    "bomb": lambda _: archive(b"0" * 100_000_000),
    "long": lambda _: b"0" * 2_000_001,
    "no archive": lambda _: b"GIF89a",
    "lzma": lambda _: packed_by_lzma(),
    "no mapping": lambda _: archive(b"[]"),
    "nan": lambda report: archive(report.replace(b'"rows":', b'"rows":NaN,"x":', 1)),
    "number": lambda report: archive(report.replace(b"{", b'{"number": 2,', 1)),
}


def render(runner: Runner, run: dict[str, Any]) -> tuple[str, dict[str, str], str]:
    """Run the script that judges alone; what it prints, its outputs, and the comment on pull request 1."""
    folder = runner.folder / "made"
    comments = json.dumps([{"number": 1, "verb": "update"}])
    printed, output = runner.script("render_comment.py", {"workflow_run": run}, str(folder), COMMENTS=comments)
    outputs = dict(line.split("=", 1) for line in output.splitlines())
    return printed, outputs, (folder / "1/report.md").read_text("utf-8")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_artifact_is_refused_with_its_reason(runner: Runner, name: str) -> None:
    runner.github.open_pull(1, SHA)
    runner.github.open_pull(2, NEWER, branch="other")
    runner.github.upload(7, HOSTILE[name](a_report(runner)))
    printed, outputs, shown = render(runner, ended(SHA))
    (line,) = printed.splitlines()
    assert line.startswith("::error::refused: ")
    assert (outputs["pictures"], outputs["state"]) == ("false", "failure")
    assert "a report that was refused" in shown


def test_a_hostile_artifact_is_posted_as_refused(runner: Runner) -> None:
    runner.github.open_pull(1, SHA)
    runner.github.upload(7, HOSTILE["path"](a_report(runner)))
    done = runner.comment(ended(SHA))
    assert done.code == 0, done.log
    assert "must hold report.json alone" in done.log
    (body,) = bodies(runner)
    assert body.startswith("## 💥 The run left a report that was refused")


def test_markup_in_a_report_is_shown_as_text(runner: Runner) -> None:
    hostile = "<script>@team ![x](http://e.org) [x](../../secret) | ` $\\frac$ \u202e"
    runner.github.open_pull(1, SHA)
    runner.github.upload(7, archive(a_report(runner, files=[f"M {hostile}"], base_reason=hostile, primary=hostile)))
    assert runner.comment(ended(SHA)).code == 0
    (body,) = bodies(runner)
    for sign in ("<script", "@team", "![x]", "[x](", "\u202e", "$"):
        assert sign not in body


def test_a_report_that_its_run_belies_is_shown_with_a_warning(runner: Runner) -> None:
    runner.github.open_pull(1, SHA)
    runner.github.upload(7, archive(a_report(runner)))
    _, outputs, shown = render(runner, ended(SHA, "failure"))
    assert shown.startswith("> ⚠️ The run itself failed")
    assert outputs["state"] == "failure"


WORSE = [
    {**CHANGE, "candidate": 0.7, "change": -0.1, "low": -0.15, "high": -0.05, "detectable": 0.07, "verdict": "worse"}
]


@pytest.mark.parametrize(
    ("login", "starts"),
    [
        ("ada", "## ⚠️ The gate was overridden by `ada`"),
        (
            "eve",
            "> ⚠️ The report says that the label `gate-override` is set; GitHub says: eve has no write access",
        ),
        ("bob", "> ⚠️ The report says that the label `gate-override` is set; GitHub says: somebody else set it"),
        (None, "> ⚠️ The report says that the label `gate-override` is set; GitHub says: it is not set"),
    ],
)
def test_an_override_is_shown_if_github_confirms_it(runner: Runner, login: str | None, starts: str) -> None:
    """The job that writes the report could name anybody."""
    runner.github.open_pull(1, SHA)
    runner.github.upload(7, archive(a_report(runner, overridden_by="ada", changes=WORSE)))
    runner.github.runs.append({**ended(SHA), "path": ".github/workflows/pull-request.yml"})
    runner.github.events[1] = [label(login)] if login else []
    runner.github.permissions |= {"ada": "write", "bob": "admin"}
    _, outputs, shown = render(runner, ended(SHA))
    assert shown.startswith(starts)
    assert ("## ❌ Do not merge: 2 of 2 rules" in shown) == (login != "ada")
    assert outputs["state"] == ("success" if login == "ada" else "failure")


def test_an_artifact_that_no_reader_takes_does_not_leave_an_older_green_comment(runner: Runner) -> None:
    runner.variables["REPORT_PICTURES"] = "off"
    push(runner, SHA)
    assert bodies(runner)[0].startswith("## ✅")
    assert status(runner) == (SHA, "success")
    runner.github.open_pull(1, NEWER)
    runner.github.upload(8, packed_by_lzma())
    done = runner.comment(ended(NEWER, "failure", number=8))
    assert done.code == 0, done.log
    (body,) = bodies(runner)
    assert body.startswith("## 💥 The run left a report that was refused")
    assert status(runner) == (NEWER, "failure")


def test_a_job_that_fails_before_it_judges_does_not_leave_an_older_green_comment(runner: Runner) -> None:
    runner.variables["REPORT_PICTURES"] = "off"
    push(runner, SHA)
    runner.github.open_pull(1, NEWER)
    runner.github.upload(8, archive(a_report(runner)))
    runner.environment["SETUP"] = "1"
    assert runner.comment(ended(NEWER, number=8)).code != 0
    (body,) = bodies(runner)
    assert body.startswith("## 💥 The run could not be judged")
    assert status(runner) == (NEWER, "failure")


def test_two_pull_requests_of_one_branch_are_both_refused(runner: Runner) -> None:
    """A run does not tell which of them it belongs to, and GitHub keeps one status for both."""
    runner.variables["REPORT_PICTURES"] = "off"
    runner.github.open_pull(1, SHA, owner="stranger")
    runner.github.open_pull(2, SHA, owner="stranger")
    runner.github.upload(7, archive(a_report(runner)))
    assert runner.comment(ended(SHA, owner="stranger")).code == 0
    for number in (1, 2):
        (body,) = bodies(runner, number)
        assert body.startswith("## 💥 The run left a report that was refused")
        assert "several open pull requests have this commit" in body
    assert status(runner) == (SHA, "failure")


def test_a_deleted_fork_gets_its_refusal(runner: Runner) -> None:
    runner.github.open_pull(1, SHA, owner="gone")
    printed, outputs, shown = render(runner, {**ended(SHA, "failure"), "head_repository": None})
    assert (printed, outputs["state"]) == ("", "failure")
    assert shown.startswith("## 💥 The run failed")


def test_the_verdict_is_drawn_from_the_numbers_whatever_the_report_says(runner: Runner) -> None:
    """A pull request whose own gate always passes, and whose run is green for that."""
    runner.github.open_pull(1, SHA)
    passed = [{"rule": "all is well", "value": 1.0, "state": "pass", "reason": ""}]
    runner.github.upload(7, archive(a_report(runner, changes=WORSE, gate=passed, gate_passed=True)))
    runner.github.files[1] = [{"filename": "params.yaml"}, {"filename": "harness/compare/gate.py"}]
    _, outputs, shown = render(runner, ended(SHA))
    assert shown.startswith("> ⚠️ **This changes what judges it**: `harness/compare/gate.py`.")
    assert "## ❌ Do not merge: 2 of 2 rules of the gate failed" in shown
    assert (outputs["state"], outputs["description"]) == ("failure", "the gate failed: 2 of 2 rules")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"base_state": "first run"}, "main has a pipeline"),
        ({"base_commit": "c" * 40}, "which is not a commit of main"),
    ],
)
def test_what_github_knows_better_is_not_believed(runner: Runner, changes: dict[str, Any], says: str) -> None:
    runner.github.open_pull(1, SHA)
    runner.github.upload(7, archive(a_report(runner, **changes)))
    _, outputs, shown = render(runner, ended(SHA))
    assert outputs["state"] == "failure"
    assert says in html.unescape(shown)


def test_changed_sections_of_params_are_named(runner: Runner) -> None:
    runner.clone.run("git", "checkout", "--quiet", "-b", "change")
    runner.clone.edit_params(lambda params: params["evaluate"].update(resamples=100))
    runner.clone.commit("fewer resamples")
    sha = runner.push("refs/pull/1/head")
    runner.clone.run("git", "checkout", "--quiet", "main")
    runner.github.open_pull(1, sha)
    runner.github.files[1] = [{"filename": "params.yaml"}]
    runner.github.upload(7, archive(a_report(runner)))
    _, outputs, shown = render(runner, ended(sha))
    assert shown.startswith("> ⚠️ **This changes what judges it**: evaluate in `params.yaml`.")
    assert outputs["state"] == "success"


def test_rules_of_the_branch_that_do_not_parse_fail(runner: Runner) -> None:
    runner.clone.edit_params(lambda params: params["gates"]["metrics"]["roc_auc"].update(at_least=0.8))
    runner.clone.commit("a rule of another version")
    runner.push("refs/heads/main")
    runner.github.open_pull(1, SHA)
    runner.github.upload(7, archive(a_report(runner)))
    _, outputs, shown = render(runner, ended(SHA))
    assert outputs["state"] == "failure"
    assert "the rules of main cannot be read: branch.yaml: gates.metrics.roc_auc.at_least" in html.unescape(shown)


@pytest.mark.parametrize("event", ["merge_group", "workflow_dispatch"])
def test_runs_without_a_pull_request_get_their_status(runner: Runner, event: str) -> None:
    runner.github.upload(7, archive(a_report(runner)))
    branch = f"gh-readonly-queue/main/pr-1-{'d' * 40}" if event == "merge_group" else "change"
    done = runner.comment({**ended(SHA), "event": event, "head_branch": branch})
    assert done.code == 0, done.log
    assert status(runner) == (SHA, "success")
    assert runner.github.comments == {}


@pytest.mark.parametrize(
    ("name", "judges"),
    [
        ("harness/compare/gate.py", True),
        (".github/workflows/comment.yml", True),
        ("requirements/dev.txt", True),
        (".dvc/config.local", True),
        ("src/rules.py", True),
        ("numpy.py", True),
        ("numpy/__init__.py", True),
        ("src/features.py", False),
        ("data.dvc", False),
        ("README.md", False),
        ("tests/test_data.py", False),
    ],
)
def test_judging_files(name: str, judges: bool) -> None:
    sys.path.insert(0, str(ROOT / ".github/scripts"))
    try:
        module = import_module("judging_files")
    finally:
        sys.path.pop(0)
    assert module.is_judging(name) == judges
