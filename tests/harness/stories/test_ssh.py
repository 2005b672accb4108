"""Data on a server of the team's own, over SSH: a real OpenSSH, which lets one key write and another read alone.

The project installs an environment of its own, with DVC's package for SSH: so this is none of `make test`.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.clone import Clone, clone_of, copy_of_work_tree
from tests.support.sshd import Sshd, sshd


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd")) as made:
        yield made


@pytest.fixture(scope="module")
def team(server: Sshd, tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """The worked example, moved with the key that ~/.ssh/config names, and committed."""
    home = tmp_path_factory.mktemp("home")
    (home / ".ssh").mkdir()
    (home / ".ssh/config").write_text(f"Host 127.0.0.1\n    IdentityFile {server.folder}/writer\n")
    made = copy_of_work_tree(tmp_path_factory.mktemp("team") / "project")
    cache = f"UV_CACHE_DIR={_cache_of_uv()}"  # it lies in the other home
    path = f"PATH={Path(sys.base_prefix)}/bin:/usr/local/bin:/usr/bin:/bin"
    told = made.run("env", path, f"HOME={home}", cache, "make", "remote", f"URL={server.url}").stdout
    assert '"dvc-ssh",' in (made.folder / "pyproject.toml").read_text("utf-8")
    (line,) = re.findall(r"^next: (.*) && git push$", told, re.MULTILINE)
    made.run("sh", "-c", line)
    assert made.status() == ""
    return made


def _cache_of_uv() -> str:
    done = subprocess.run([sys.executable, "-m", "uv", "cache", "dir"], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def member(team: Clone, folder: Path, settings: str) -> Clone:
    """A clone of what was committed, with settings of its own."""
    made = clone_of(team, folder / "clone")
    (made.folder / ".dvc/config.local").write_text(settings)
    return made


def run(team: Clone, clone: Clone, *command: str, home: Path) -> "subprocess.CompletedProcess[str]":
    path = f"PATH={team.folder}/.venv/bin:/usr/bin:/bin"
    return clone.run("env", path, f"HOME={home}", "SSH_AUTH_SOCK=", *command, check=False)


def test_who_may_read_gets_the_data_and_is_told_that_it_may_not_write(
    team: Clone, server: Sshd, tmp_path: Path
) -> None:
    reader = member(team, tmp_path, server.settings("reader"))
    assert run(team, reader, "dvc", "pull", "data.dvc", home=tmp_path).returncode == 0
    table = reader.folder / "data/titanic.csv"
    (tmp_path / "more.csv").write_text("".join(table.read_text("utf-8").splitlines(keepends=True)[:1200]))
    told = run(team, reader, "make", "data", f"FILE={tmp_path}/more.csv", home=tmp_path)
    assert told.returncode == 0, told.stderr
    (note,) = [line for line in told.stdout.splitlines() if line.startswith("note: ")]
    assert re.search(
        r"could not be pushed: ssh://.*[Pp]ermission denied.*; it needs credentials with write access", note
    )
    assert "next: dvc push data.dvc (until then nobody else can get the data), make pipeline" in told.stdout
    (reader.folder / ".dvc/config.local").write_text(server.settings("writer"))
    assert run(team, reader, "dvc", "push", "data.dvc", home=tmp_path).returncode == 0
    reader.commit("fewer rows")
    other = member(reader, tmp_path / "other", server.settings("reader"))
    assert run(team, other, "dvc", "pull", "data.dvc", home=tmp_path).returncode == 0


def test_who_has_no_key_is_told_in_one_line(team: Clone, tmp_path: Path) -> None:
    stranger = member(team, tmp_path, "")
    told = run(team, stranger, "make", "pipeline", home=tmp_path)
    assert told.returncode != 0
    (line,) = [line for line in told.stderr.splitlines() if line.startswith("error: ")]
    assert re.match(r"error: data.dvc: its data could not be fetched: ssh://.*[Pp]ermission denied", line)
    assert line.endswith("; it needs credentials, which a fork's pull request never has: docs/remote.md")
