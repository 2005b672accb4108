"""assign_stage.py alone: one more tag, and what becomes of it where GitHub's answer is lost on the way."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.constants import ROOT
from tests.support.workflows.github import REPOSITORY, GitHub


@pytest.fixture
def github(tmp_path: Path) -> Iterator[GitHub]:
    """With a repository of one commit."""
    made = GitHub(tmp_path)
    made.releases.bare.mkdir(parents=True)
    git(made, "init", "--quiet", "--bare", "--initial-branch=main")
    tree = git(made, "mktree", text="")
    git(made, "update-ref", "refs/heads/main", git(made, "commit-tree", tree, "-m", "one"))
    yield made
    made.server.shutdown()
    made.server.server_close()


def git(github: GitHub, *arguments: str, text: str | None = None) -> str:
    who = ("-c", "user.name=ann", "-c", "user.email=ann@example.org")
    command = ["git", *who, *arguments]
    done = subprocess.run(
        command, cwd=github.releases.bare, input=text, capture_output=True, text=True, check=True
    )  # fmt: skip
    return done.stdout.strip()


def assign(github: GitHub, **more: str) -> subprocess.CompletedProcess[str]:
    commit = git(github, "rev-parse", "main")
    given = {"STAGE": "prod", "KIND": "promotion", "COMMIT": commit, "VERSION": "v1.0.0", "BY": "ann", **more}
    given |= {"GITHUB_API_URL": f"{github.url}/api/v3", "GITHUB_REPOSITORY": REPOSITORY, "GITHUB_TOKEN": "token"}
    command = [sys.executable, str(ROOT / ".github/scripts/assign_stage.py")]
    own = {**os.environ, **given, "SSL_CERT_FILE": str(github.certificate)}
    return subprocess.run(command, env=own, capture_output=True, text=True, check=False)


def tags(github: GitHub) -> list[str]:
    return git(github, "tag", "--list").splitlines()


def test_a_tag_whose_answer_is_lost_is_added_once_and_the_run_goes_on(github: GitHub) -> None:
    """Otherwise the run would end here, with a tag that says what nothing has deployed."""
    github.lost = ["POST git/refs"]
    done = assign(github)
    assert (done.returncode, done.stdout, done.stderr) == (0, "::notice::model#prod#1: v1.0.0\n", "")
    assert tags(github) == ["model#prod#1"]
    assert github.calls.count("POST git/refs") == 1


def test_who_gets_no_answer_at_all_tries_again(github: GitHub) -> None:
    def lose() -> None:
        if github.calls.count("POST git/refs") == 1:  # before it is carried out
            raise ConnectionError

    github.then["POST git/refs"] = lose
    assert assign(github).returncode == 0
    assert tags(github) == ["model#prod#1"]


def test_another_s_tag_of_this_name_is_told_also_where_answers_are_lost(github: GitHub) -> None:
    def overtake() -> None:
        if not tags(github):
            git(github, "tag", "--annotate", "--message=another", "model#prod#1", "main")

    github.then["POST git/refs"] = overtake
    github.lost = ["POST git/refs"]
    done = assign(github)
    assert done.returncode == 1
    assert done.stderr.startswith("error: model#prod#1: not added (HTTP Error 422: ")
    assert done.stderr.endswith("another move was faster: look again with make models\n")
    assert git(github, "tag", "--list", "--format=%(contents)") == "another"


def test_a_comment_that_cannot_be_made_is_a_warning(github: GitHub) -> None:
    """The tag is there and holds the reason; the job must not say that nothing was recorded."""
    commit = git(github, "rev-parse", "main")
    github.lost = [f"POST commits/{commit}/comments"]
    done = assign(github, KIND="rollback", REASON="wrong answers", NEWS=commit)
    assert done.returncode == 0
    assert "::warning::no comment on " in done.stdout
    assert "Reason: wrong answers" in git(github, "tag", "--list", "--format=%(contents)")


def test_a_server_that_is_gone_is_one_line(github: GitHub) -> None:
    github.server.shutdown()
    github.server.server_close()
    done = assign(github)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1


def repeated(github: GitHub, commit: str, tmp_path: Path) -> tuple[int, str]:
    """Exit code and output of the first step of a deployment to prod."""
    output = tmp_path / "output"
    output.write_text("")
    given = {"GITHUB_API_URL": f"{github.url}/api/v3", "GITHUB_REPOSITORY": REPOSITORY, "GITHUB_TOKEN": "token"}
    own = {**os.environ, **given, "SSL_CERT_FILE": str(github.certificate), "GITHUB_OUTPUT": str(output)}
    command = [sys.executable, str(ROOT / ".github/scripts/find_stage.py"), "prod", commit]
    done = subprocess.run(command, env=own, capture_output=True, text=True, check=False)
    assert len(done.stderr.splitlines()) == done.returncode
    return done.returncode, output.read_text().strip()


def test_a_deployment_that_is_repeated_later_does_not_undo_what_was_decided_since(
    github: GitHub, tmp_path: Path
) -> None:
    first = git(github, "rev-parse", "main")
    second = git(github, "commit-tree", f"{first}^{{tree}}", "-p", first, "-m", "two")
    assert repeated(github, first, tmp_path) == (1, "outcome=overtaken")
    assign(github)
    assert repeated(github, first, tmp_path) == (0, "")
    assign(github, COMMIT=second, STAGE="prod-eu")  # another stage
    assert repeated(github, first, tmp_path) == (0, "")
    assign(github, COMMIT=second)
    assert repeated(github, first, tmp_path) == (1, "outcome=overtaken")
    assert repeated(github, second, tmp_path) == (0, "")
    assign(github, COMMIT=second, KIND="withdrawal")
    assert repeated(github, second, tmp_path) == (1, "outcome=overtaken")


@pytest.mark.parametrize("number", ["\N{ARABIC-INDIC DIGIT NINE}", "x"])
def test_a_number_of_other_signs_is_none(github: GitHub, number: str) -> None:
    git(github, "tag", "--annotate", "--message=x", f"model#prod#{number}", "main")
    assert assign(github).stdout == "::notice::model#prod#1: v1.0.0\n"
