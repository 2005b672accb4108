"""The scripts of monitor.yml: the branch that only grows, and the one issue."""

import json
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
