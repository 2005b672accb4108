"""make_deployment.py alone: what it tells the runner, and what it keeps from who asks the service."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.support.constants import ROOT

IMAGE = f"name@sha256:{'0' * 64}"


def program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!{sys.executable}\nimport json, os, sys\n{text}")
    (folder / name).chmod(0o755)


def deploy(tmp_path: Path, ssh: str, make: str = "") -> tuple[int, list[str], dict[str, str]]:
    """Exit code, what the runner reads, and the outputs; with these programs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program(folder, "ssh", ssh)
    program(folder, "make", make)
    given = {"DEPLOY": "compose", "DEPLOY_HOST": "host", "DEPLOY_KNOWN_HOSTS": "host key", "DEPLOY_SECRET": "the key"}
    given |= {"DEPLOY_URL": "http://127.0.0.1:9", "IMAGE": IMAGE, "STAGE": "prod", "VERSION": "v1.0.0", "PROJECT": "."}
    given |= {"ACTIONS_ID_TOKEN_REQUEST_TOKEN": "who", "GITHUB_OUTPUT": str(tmp_path / "output"), "SEEN": str(tmp_path)}
    command = [sys.executable, str(ROOT / ".github/scripts/make_deployment.py"), "deployed"]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **given, "PATH": f"{folder}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    outputs = dict(line.split("=", 1) for line in (tmp_path / "output").read_text("utf-8").splitlines())
    return done.returncode, done.stdout.splitlines(), outputs


def commands(lines: list[str]) -> list[str]:
    """What the runner takes for a command: none between stop-commands and its word."""
    found, word = [], ""
    for line in lines:
        if word:
            word = "" if line == f"::{word}::" else word
        elif line.startswith("::stop-commands::"):
            word = line.removeprefix("::stop-commands::")
        elif line.strip().startswith("::") or "##[" in line:
            found.append(line)
    return found


def test_what_a_machine_prints_is_no_command_of_the_runner(tmp_path: Path) -> None:
    said = "print('::set-env name=A::b\\n##[add-path]/x\\n\\udcff ::error::no room', file=sys.stderr); sys.exit(1)"
    code, lines, outputs = deploy(tmp_path, f"sys.stderr.reconfigure(errors='surrogateescape')\n{said}")
    assert code == 1
    assert " ::set-env name=A::b" in lines  # the runner does not mind the space
    (told,) = commands(lines)
    assert told == f"::error::{outputs['reason']}"
    assert outputs["outcome"] == "failed"
    assert outputs["reason"].startswith("ssh: ")


def test_a_reason_is_what_our_own_line_says(tmp_path: Path) -> None:
    """Python ends a line at more signs than a terminal or the runner: what a service says could begin one with them."""
    said = "error: not ready (x\\x85error: all is well\\u2028error: fine\\rerror: good\\x1cerror: yes)"
    make = f"sys.stderr.buffer.write('{said}\\n'.encode()); sys.exit(2)"
    code, lines, outputs = deploy(tmp_path, "sys.stdin.read()", make)
    reason = "not ready (x?error: all is well?error: fine?error: good?error: yes)"
    assert (code, outputs) == (1, {"outcome": "failed", "reason": reason})
    assert commands(lines) == [f"::error::{reason}"]


def test_who_asks_the_service_knows_no_secret(tmp_path: Path) -> None:
    seen = "json.dump([sys.argv[1:], dict(os.environ)], open(os.environ['SEEN'] + '/seen', 'w'))"
    code, _, outputs = deploy(tmp_path, "sys.stdin.read()", seen)
    assert (code, outputs) == (0, {"outcome": "verified", "reason": ""})
    words, environment = json.loads((tmp_path / "seen").read_text("utf-8"))
    assert words[:5] == ["-C", ".", "verify", "URL=http://127.0.0.1:9", "VERSION=v1.0.0"]
    assert not [name for name in environment if name.startswith(("ACTIONS_", "DEPLOY_", "GITHUB_"))]
    assert "the key" not in environment.values()
