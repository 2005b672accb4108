"""`make audit` with the real pip-audit and a vulnerability service on loopback."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from harness.core.paths import LOCKS, OPTIONAL_LOCKS
from tests.support.constants import ROOT

LOCK = "{}=={} --hash=sha256:" + "0" * 64 + "\n"
KNOWN: dict[str, dict[str, Any]] = {
    "numpy": {"id": "GHSA-1", "fix": "2.5"},
    "pytest": {"id": "GHSA-2 | <b>", "fix": None},
    "lightgbm": {"id": "GHSA-3", "fix": "4.8"},
}


class Service(BaseHTTPRequestHandler):
    """Answers as osv.dev does."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["package"]
        vulnerability = KNOWN.get(asked["name"])
        body = json.dumps({"vulns": [_entry(asked, **vulnerability)]} if vulnerability else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


def _entry(package: dict[str, str], id: str, fix: str | None) -> dict[str, Any]:  # noqa: A002
    events = [{"introduced": "0"}, *([{"fixed": fix}] if fix else [])]
    return {"id": id, "affected": [{"package": package, "ranges": [{"type": "ECOSYSTEM", "events": events}]}]}


@pytest.fixture
def service() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def audit(
    folder: Path, address: str, packages: dict[str, str], block: str = "", first: str = ""
) -> subprocess.CompletedProcess[str]:
    """Audit locks: the first package is the service's, the second the pipeline's, the others are for development."""
    (folder / "requirements").mkdir(exist_ok=True)
    (folder / "dvc.yaml").touch()
    lines = [LOCK.format(*package) for package in packages.items()]
    for count, lock in zip((1, 2, len(lines)), LOCKS.values(), strict=True):
        (folder / lock).write_text("".join(lines[:count]))
    asked = {"PIP_AUDIT_VULNERABILITY_SERVICE": "osv", "PIP_AUDIT_OSV_URL": address}
    path = f"{first}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        [sys.executable, "-m", "harness", "audit", f"--audit={block}"],
        cwd=folder,
        env={**os.environ, **asked, "PATH": path, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_vulnerabilities_are_told_with_who_uses_the_package(tmp_path: Path, service: str) -> None:
    done = audit(tmp_path, service, {"numpy": "2.4", "scipy": "1.17", "pytest": "9.0"})
    assert done.returncode == 0
    assert done.stdout.splitlines()[2:] == [
        "| package | used by | vulnerability | mended in |",
        "|---|---|---|---|",
        "| numpy 2.4 | service | GHSA-1 | 2.5 |",
        "| pytest 9.0 | dev | GHSA-2    b  | no version yet |",
        "",
    ]


def test_the_lock_of_an_optional_group_is_asked_about_too(tmp_path: Path, service: str) -> None:
    (tmp_path / "requirements").mkdir()
    (tmp_path / OPTIONAL_LOCKS["boosters"]).write_text(LOCK.format("numpy", "2.4") + LOCK.format("lightgbm", "4.7"))
    done = audit(tmp_path, service, {"numpy": "2.4"})
    assert done.stdout.splitlines()[4:6] == [
        "| numpy 2.4 | service | GHSA-1 | 2.5 |",
        "| lightgbm 4.7 | boosters | GHSA-3 | 4.8 |",
    ]


def test_none_is_told_too(tmp_path: Path, service: str) -> None:
    done = audit(tmp_path, service, {"scipy": "1.17", "pandas": "3.1"}, "block")
    assert (done.returncode, done.stdout.splitlines()[2]) == (0, "None in 2 packages.")


def test_packages_that_the_service_does_not_know_are_not_called_safe(tmp_path: Path) -> None:
    """An index without vulnerability data: pip-audit skips all and says that none is known."""
    program = tmp_path / "pip-audit"
    program.write_text(
        """#!/bin/sh\necho '{"dependencies": [{"name": "numpy", "skip_reason": "not found"}], "fixes": []}'\n"""
    )
    program.chmod(0o755)
    done = audit(tmp_path, "", {"numpy": "2.4"}, "block", f"{tmp_path}{os.pathsep}")
    assert "does not know 1 of 1 packages: numpy" in done.stdout
    assert done.stderr == "error: AUDIT=block: 0 packages have known vulnerabilities, 1 are unknown\n"


def test_blocking_fails_on_what_is_known(tmp_path: Path, service: str) -> None:
    done = audit(tmp_path, service, {"numpy": "2.4"}, "block")
    assert done.returncode == 1
    assert done.stderr == "error: AUDIT=block: 1 packages have known vulnerabilities, 0 are unknown\n"


@pytest.mark.parametrize(("block", "code"), [("", 0), ("block", 1)])
def test_a_service_that_cannot_be_asked_is_no_good_news(tmp_path: Path, block: str, code: int) -> None:
    done = audit(tmp_path, "http://127.0.0.1:9", {"numpy": "2.4"}, block)
    assert done.returncode == code
    assert "requirements/dev.txt: the vulnerability service cannot be asked: " in done.stdout + done.stderr
    assert "None in" not in done.stdout
