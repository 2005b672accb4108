"""comment.yml, run for real: what becomes of a report, of a crash and of a hostile artifact."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.harness.workflows.conftest import Runner, archive, ended, label
from tests.support.reports import report

SHA, NEWER = "a" * 40, "b" * 40


def a_report(**changes: Any) -> bytes:
    return report(**changes).model_dump_json().encode()


def bodies(runner: Runner, number: int = 1) -> list[str]:
    return [comment["body"] for comment in runner.github.comments.get(number, [])]


def reports(runner: Runner) -> list[str]:
    """The files on the pictures' branch."""
    return runner.clone.run("git", "-C", str(runner.bare), "ls-tree", "-r", "--name-only", "reports").stdout.split()


def test_a_report_becomes_one_comment_with_pictures_on_their_own_branch(runner: Runner) -> None:
    runner.github.open_pull(1, SHA)
    runner.github.upload(7, archive(a_report()))
    done = runner.comment(ended(SHA))
    assert done.code == 0, done.log
    (body,) = bodies(runner)
    place = f"{runner.github.url}/team/project/raw/reports/1/{SHA}"
    assert f"![roc]({place}/roc.png)" in body
    assert f"[run]({runner.github.url}/team/project/actions/runs/7)" in body
    assert reports(runner) == [f"1/{SHA}/roc.png"]


def test_a_second_push_updates_the_comment_and_the_branch_keeps_one_commit(runner: Runner) -> None:
    runner.github.open_pull(2, "c" * 40, branch="other")
    for sha in (SHA, NEWER):
        runner.github.open_pull(1, sha)
        runner.github.upload(7, archive(a_report()))
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
    runner.github.upload(7, archive(a_report()))
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
    runner.github.upload(7, archive(a_report()))
    assert runner.comment(ended(SHA, owner="stranger")).code == 0
    assert [len(bodies(runner, number)) for number in (1, 5)] == [0, 1]


def test_an_older_run_says_nothing(runner: Runner) -> None:
    runner.github.open_pull(1, NEWER)
    runner.github.upload(7, archive(a_report()))
    done = runner.comment(ended(SHA))
    assert done.code == 0, done.log
    assert "nothing to say" in done.log
    assert bodies(runner) == []


def test_a_push_while_the_comment_is_made_keeps_it_from_being_posted(runner: Runner) -> None:
    runner.variables["REPORT_PICTURES"] = "off"
    runner.github.open_pull(1, SHA)
    runner.github.upload(7, archive(a_report()))
    runner.github.then["GET actions/artifacts/100/zip"] = lambda: runner.github.open_pull(1, NEWER)
    done = runner.comment(ended(SHA))
    assert done.code == 0, done.log
    assert "a newer commit was pushed: not posted" in done.log
    assert bodies(runner) == []


def test_pictures_of_runs_at_the_same_time_are_all_kept_and_those_of_closed_pull_requests_are_not(
    runner: Runner,
) -> None:
    (runner.folder / "made").mkdir()
    (runner.folder / "made/roc.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (runner.folder / "made/other.png").write_bytes(b"\x89PNG\r\n\x1a\n")

    def publish(number: int, opened: str) -> None:
        more = {"NUMBER": str(number), "HEAD_SHA": SHA, "OPEN": opened}
        runner.script("pictures.py", {}, str(runner.folder / "made"), **more)

    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda number: publish(number, "1 2 3"), (1, 2, 3)))
    assert reports(runner) == [f"{number}/{SHA}/roc.png" for number in (1, 2, 3)]
    publish(4, "1 4")
    assert reports(runner) == [f"{number}/{SHA}/roc.png" for number in (1, 4)]


def test_a_report_that_is_too_long_is_cut_and_not_lost(runner: Runner) -> None:
    slices = [{"column": "c" * 200, "value": "|" * 2000, "rows": 9, "not_evaluable": "|" * 200, "changes": []}] * 200
    runner.github.open_pull(1, SHA)
    runner.github.upload(7, archive(a_report(slices=slices)))
    done = runner.comment(ended(SHA))
    assert done.code == 0, done.log
    (body,) = bodies(runner)
    assert "The rest is cut off" in body


def test_without_pictures_the_comment_is_complete(runner: Runner) -> None:
    runner.variables["REPORT_PICTURES"] = "off"
    runner.github.open_pull(1, SHA)
    runner.github.upload(7, archive(a_report()))
    assert runner.comment(ended(SHA)).code == 0
    (body,) = bodies(runner)
    assert "Curves" not in body
    assert not re.search(r"!\[(?!\])", body)  # CML's own mark is a picture too
    assert runner.clone.run("git", "-C", str(runner.bare), "branch", "--list", "reports").stdout == ""


def test_a_crashed_run_takes_the_place_of_an_older_green_comment(runner: Runner) -> None:
    runner.variables["REPORT_PICTURES"] = "off"
    runner.github.open_pull(1, SHA)
    runner.github.upload(7, archive(a_report()))
    assert runner.comment(ended(SHA)).code == 0
    runner.github.open_pull(1, NEWER)
    assert runner.comment(ended(NEWER, "failure", number=8)).code == 0
    (body,) = bodies(runner)
    assert body.startswith(f"## 💥 The run failed at {NEWER[:12]}")
    assert "/actions/runs/8)" in body


def test_a_report_of_an_earlier_attempt_is_not_shown_for_a_later_one(runner: Runner) -> None:
    runner.github.open_pull(1, SHA)
    runner.github.upload(7, archive(a_report()), created="2025-12-31T23:59:59Z")
    assert runner.comment(ended(SHA, "failure")).code == 0
    assert "The run failed" in bodies(runner)[0]


HOSTILE = {
    "link": archive(b"/etc/passwd", link=True),
    "path": archive(a_report(), name="../report.json"),
    "name": archive(a_report(), name="x\n::add-mask::y"),
    "bomb": archive(b"0" * 100_000_000),
    "long": b"0" * 2_000_001,
    "no archive": b"GIF89a",
    "nan": archive(a_report().replace(b'"rows":', b'"rows":NaN,"x":', 1)),
    "number": archive(a_report().replace(b"{", b'{"number": 2,', 1)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_artifact_is_refused_with_its_reason(runner: Runner, name: str) -> None:
    runner.github.open_pull(1, SHA)
    runner.github.open_pull(2, NEWER, branch="other")
    runner.github.upload(7, HOSTILE[name])
    folder = runner.folder / "made"
    printed, output = runner.script("receive.py", {"workflow_run": ended(SHA)}, str(folder))
    (line,) = printed.splitlines()
    assert line.startswith("::error::refused: ")
    assert output == "pictures=false\nopen=1 2\nnumber=1\n"
    assert "a report that was refused" in (folder / "report.md").read_text("utf-8")


def test_a_hostile_artifact_is_posted_as_refused(runner: Runner) -> None:
    runner.github.open_pull(1, SHA)
    runner.github.upload(7, HOSTILE["path"])
    done = runner.comment(ended(SHA))
    assert done.code == 0, done.log
    assert "must hold report.json alone" in done.log
    (body,) = bodies(runner)
    assert body.startswith("## 💥 The run left a report that was refused")


def test_markup_in_a_report_is_shown_as_text(runner: Runner) -> None:
    hostile = "<script>@team ![x](http://e.org) [x](../../secret) | ` $\\frac$ \u202e"
    runner.github.open_pull(1, SHA)
    runner.github.upload(7, archive(a_report(files=[f"M {hostile}"], base_reason=hostile, primary=hostile)))
    assert runner.comment(ended(SHA)).code == 0
    (body,) = bodies(runner)
    for sign in ("<script", "@team", "![x]", "[x](", "\u202e", "$"):
        assert sign not in body


def test_a_report_that_its_run_belies_is_shown_with_a_warning(runner: Runner) -> None:
    runner.github.open_pull(1, SHA)
    runner.github.upload(7, archive(a_report()))
    folder = runner.folder / "made"
    runner.script("receive.py", {"workflow_run": ended(SHA, "failure")}, str(folder))
    assert (folder / "report.md").read_text("utf-8").startswith("> ⚠️ The run itself failed")


FAILED = {"rule": "roc_auc ≥ 0.95", "value": 0.9, "state": "fail", "reason": ""}


@pytest.mark.parametrize(
    ("login", "starts"),
    [
        ("ada", "## ⚠️ The gate was overridden by <code>ada</code>"),
        ("eve", "> ⚠️ The report claims that the label `gate-override` holds; GitHub says: eve has no write access"),
        ("bob", "> ⚠️ The report claims that the label `gate-override` holds; GitHub says: somebody else set it"),
        (None, "> ⚠️ The report claims that the label `gate-override` holds; GitHub says: it is not set"),
    ],
)
def test_an_override_is_shown_if_github_confirms_it(runner: Runner, login: str | None, starts: str) -> None:
    """The job that writes the report could name anybody."""
    runner.github.open_pull(1, SHA)
    runner.github.upload(7, archive(a_report(overridden_by="ada", gate=[FAILED])))
    runner.github.runs.append({**ended(SHA), "path": ".github/workflows/pull-request.yml"})
    runner.github.events[1] = [label(login)] if login else []
    runner.github.permissions |= {"ada": "write", "bob": "admin"}
    folder = runner.folder / "made"
    runner.script("receive.py", {"workflow_run": ended(SHA)}, str(folder))
    shown = (folder / "report.md").read_text("utf-8")
    assert shown.startswith(starts)
    assert ("## ❌ Do not merge: <code>roc&#95;auc" in shown) == (login != "ada")


def test_two_pull_requests_with_one_commit_get_no_comment(runner: Runner) -> None:
    runner.github.open_pull(1, SHA)
    runner.github.open_pull(2, SHA)
    done = runner.comment(ended(SHA))
    assert done.code != 0
    assert "2 open pull requests have this commit: [1, 2]" in done.log
    assert bodies(runner) == []
