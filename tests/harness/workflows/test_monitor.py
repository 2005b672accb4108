"""The scripts of monitor.yml: the branch that only grows, and the one issue."""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.constants import ROOT
from tests.support.workflows.github import GitHub


def script(name: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    given = {"PATH": "/usr/bin:/bin:/usr/local/bin", "GITHUB_TOKEN": "token", "GITHUB_REPOSITORY": "team/project"}
    command = [sys.executable, str(ROOT / ".github/scripts" / name), *arguments]
    return subprocess.run(command, env={**given, **environment}, capture_output=True, text=True, check=False)


@pytest.fixture
def server(tmp_path: Path) -> str:
    """A bare repository where GitHub's would be."""
    bare = tmp_path / "server/team/project"
    bare.mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", "--bare", str(bare)], check=True)
    return f"file://{tmp_path}/server"


def test_the_state_comes_back_from_its_branch_and_grows(server: str, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one/state.jsonl").write_text("first\n")
    assert script("record_monitoring.py", "save", str(tmp_path / "one"), GITHUB_SERVER_URL=server).returncode == 0
    done = script("record_monitoring.py", "restore", str(tmp_path / "two"), GITHUB_SERVER_URL=server)
    assert (done.returncode, (tmp_path / "two/state.jsonl").read_text()) == (0, "first\n")
    (tmp_path / "two/state.jsonl").write_text("first\nsecond\n")
    assert script("record_monitoring.py", "save", str(tmp_path / "two"), GITHUB_SERVER_URL=server).returncode == 0
    bare = tmp_path / "server/team/project"
    log = subprocess.run(
        ["git", "log", "--oneline", "monitoring"], cwd=bare, capture_output=True, text=True, check=True
    )
    assert len(log.stdout.splitlines()) == 2


def test_a_state_that_does_not_continue_the_branch_is_refused(server: str, tmp_path: Path) -> None:
    for name, text in (("one", "first\n"), ("two", "other\n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "state.jsonl").write_text(text)
    script("record_monitoring.py", "save", str(tmp_path / "one"), GITHUB_SERVER_URL=server)
    done = script("record_monitoring.py", "save", str(tmp_path / "two"), GITHUB_SERVER_URL=server)
    assert done.returncode == 1
    assert "does not continue what the branch holds" in done.stderr


class Issues(BaseHTTPRequestHandler):
    """As much of the issues' API as the script needs."""

    held: list[dict[str, Any]] = []  # noqa: RUF012  one server at a time

    def do_GET(self) -> None:
        assert urlsplit(self.path).path == "/repos/team/project/issues"
        self._answer([issue for issue in self.held if issue["state"] == "open"])

    def do_POST(self) -> None:
        user = {"login": "github-actions[bot]"}
        self.held.append({"number": len(self.held) + 1, "state": "open", "user": user, **self._body()})
        self._answer(self.held[-1])

    def do_PATCH(self) -> None:
        self.held[int(self.path.rsplit("/", 1)[1]) - 1].update(self._body())
        self._answer({})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing."""

    def _body(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["content-length"])))
        return read

    def _answer(self, value: object) -> None:
        content = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def issues() -> Iterator[str]:
    Issues.held.clear()
    server = HTTPServer(("127.0.0.1", 0), Issues)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_one_issue_is_opened_updated_and_closed_when_a_look_is_calm(issues: str, tmp_path: Path) -> None:
    said = []
    for outcome in ("nothing", "loss shown", "drift without shown loss", "not evaluable", "loss shown", "nothing"):
        (tmp_path / "monitor.json").write_text(json.dumps({"outcome": outcome}))
        (tmp_path / "monitor.md").write_text(f"page: {outcome}")
        said.append(script("write_issue.py", str(tmp_path), GITHUB_API_URL=issues).stdout.strip())
    assert said == ["none is open", "opened", "updated #1", "updated #1", "updated #1", "closed #1"]
    assert [(issue["state"], issue["body"]) for issue in Issues.held] == [("closed", "page: nothing")]


def test_a_report_that_says_something_else_ends_with_one_line(issues: str, tmp_path: Path) -> None:
    (tmp_path / "monitor.json").write_text('{"outcome": "@everyone"}')
    (tmp_path / "monitor.md").write_text("")
    done = script("write_issue.py", str(tmp_path), GITHUB_API_URL=issues)
    assert done.returncode == 1
    assert "outcome '@everyone' is none of" in done.stderr


class Hook(BaseHTTPRequestHandler):
    """A channel that gets messages, in Slack's form."""

    told: list[str] = []  # noqa: RUF012  one server at a time

    def do_POST(self) -> None:
        content = json.loads(self.rfile.read(int(self.headers["content-length"])))
        assert (list(content), self.headers["content-type"]) == (["text"], "application/json")
        self.told.append(content["text"])
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing."""


def test_the_webhook_is_told_of_a_look_that_acts_and_its_address_of_nobody(tmp_path: Path) -> None:
    Hook.told.clear()
    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/secret"
        for outcome in ("nothing", "drift without shown loss", "loss shown", "not evaluable"):
            (tmp_path / "monitor.json").write_text(json.dumps({"outcome": outcome, "reason": "a <b> & c"}))
            done = script("write_webhook.py", str(tmp_path), WEBHOOK=address, GITHUB_SERVER_URL="https://host")
            assert done.returncode == 0, done.stderr
        server.shutdown()
    (tmp_path / "monitor.json").write_text('{"outcome": "loss shown", "reason": "it rose"}')
    for away in (address, "no address, but a secret"):
        done = script("write_webhook.py", str(tmp_path), WEBHOOK=away, GITHUB_SERVER_URL="https://host")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("::warning::the webhook does not answer: ")
        assert "secret" not in done.stdout
    assert script("write_webhook.py", str(tmp_path)).stdout == ""
    assert Hook.told == ["loss shown: a &lt;b&gt; &amp; c (https://host/team/project/issues)"]


def test_a_push_says_how_old_the_last_look_is(server: str, tmp_path: Path) -> None:
    said = script("find_last_look.py", GITHUB_SERVER_URL=server).stdout
    assert said == "::notice::nobody has looked at the running model yet (docs/monitor.md)\n"
    (tmp_path / "one").mkdir()
    (tmp_path / "one/state.jsonl").write_text("first\n")
    for date, expected in (
        ("@1700000000 +0000", r"::warning::.* \d+\.\d days old\n"),
        ("", r"::notice::.* 0\.0 days old\n"),
    ):
        where = {"GITHUB_SERVER_URL": server, **({"GIT_COMMITTER_DATE": date} if date else {})}
        assert script("record_monitoring.py", "save", str(tmp_path / "one"), **where).returncode == 0
        assert re.fullmatch(expected, script("find_last_look.py", GITHUB_SERVER_URL=server).stdout)
        (tmp_path / "one/state.jsonl").write_text("first\nsecond\n")


@pytest.fixture
def github(tmp_path: Path, server: str) -> Iterator[GitHub]:
    """GitHub's API on loopback; its repository has one commit on main."""
    made, work, bare = GitHub(tmp_path), tmp_path / "work", server.removeprefix("file://") + "/team/project"
    work.mkdir()
    (work / "data.dvc").write_text("outs: []\n")
    for command in (
        ["init", "--quiet", "--initial-branch=main"],
        ["add", "--all"],
        ["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "--quiet", "--message=first"],
        ["push", "--quiet", bare, "main"],
    ):
        subprocess.run(["git", *command], cwd=work, check=True)
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_new_rows_are_proposed_once_and_their_run_is_started(github: GitHub, server: str, tmp_path: Path) -> None:
    bare = tmp_path / "server/team/project"
    head = subprocess.run(["git", "rev-parse", "main"], cwd=bare, capture_output=True, text=True, check=True).stdout
    event = {"repository": {"default_branch": "main"}}
    (tmp_path / "event.json").write_text(json.dumps(event))
    made = tmp_path / "retrain"
    (made / "artifacts/monitor").mkdir(parents=True)
    (made / "artifacts/monitor/retrain.md").write_text("the evidence")
    (made / "data.dvc").write_text("outs: [new]\n")
    (made / ".dvc/store/files").mkdir(parents=True)
    (made / ".dvc/store/files/object").write_bytes(b"row\r\n")
    (tmp_path / "monitor.json").write_text(json.dumps({"retrain": "a loss is shown"}))
    environment = {
        "GITHUB_API_URL": f"{github.url}/api/v3",
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        "GITHUB_SERVER_URL": server,
        "GITHUB_SHA": head.strip(),
        "SSL_CERT_FILE": str(github.certificate),
    }
    done = script("propose_retraining.py", "due", str(tmp_path), **environment)
    assert (done.returncode, github.dispatched) == (0, [("retrain.yml", "main")]), done.stderr
    done = script("propose_retraining.py", "open", str(made), **environment)
    assert done.returncode == 0, done.stderr
    ((number, pull),) = github.pulls.items()
    branch = pull["head"]["ref"]
    assert branch.startswith("retrain/")
    assert github.dispatched[1:] == [("pull-request.yml", branch)]
    show = ["git", "show", f"{branch}:.dvc/store/files/object"]
    assert subprocess.run(show, cwd=bare, capture_output=True, check=True).stdout == b"row\r\n"
    assert f"#{number} is open" in script("propose_retraining.py", "open", str(made), **environment).stdout
    assert "one is proposed already" in script("propose_retraining.py", "due", str(tmp_path), **environment).stdout
    assert (len(github.pulls), len(github.dispatched)) == (1, 2)
