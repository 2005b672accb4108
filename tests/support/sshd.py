"""OpenSSH's server on loopback, with keys of its own: one may write, another reads alone."""

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.constants import PATIENCE

PROGRAM = "/usr/sbin/sshd"  # which asks to be started by its whole path
SEPARATED = Path("/run/sshd")  # where it shuts its own first half in, if root starts it
RIGHTS = {"writer": "", "reader": 'restrict,command="internal-sftp -R" '}
SETTINGS = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/authorized
PidFile none
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
Subsystem sftp internal-sftp
"""


@dataclass(frozen=True)
class Sshd:
    """A running server, and its folder with the keys."""

    port: int
    folder: Path

    @property
    def url(self) -> str:
        """An empty folder on it, as a DVC remote."""
        return f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}{self.folder}/data"

    def settings(self, who: str) -> str:
        """What .dvc/config.local holds for whoever has that key."""
        return f"['remote \"storage\"']\n    url = {self.url}\n    keyfile = {self.folder}/{who}\n"


@contextmanager
def sshd(folder: Path, environment: Mapping[str, str] | None = None) -> Iterator[Sshd]:
    """Who logs in has this environment. Skips the test where there is no server to start."""
    if not Path(PROGRAM).exists():
        pytest.skip(f"{PROGRAM} is not here (Debian: apt-get install openssh-server)")
    if os.geteuid() == 0:
        SEPARATED.mkdir(exist_ok=True)
    (folder / "data").mkdir(parents=True)
    for name in ("host", *RIGHTS):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(command, check=True)
    lines = [f"{right}{(folder / f'{who}.pub').read_text()}" for who, right in RIGHTS.items()]
    (folder / "authorized").write_text("".join(lines))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        made = Sshd(free.getsockname()[1], folder)
    given = " ".join(f'{name}="{value}"' for name, value in (environment or {}).items())
    settings = SETTINGS.format(port=made.port, folder=folder) + (f"SetEnv {given}\n" if given else "")
    (folder / "config").write_text(settings)
    with (folder / "log").open("w") as log:
        server = subprocess.Popen([PROGRAM, "-D", "-e", "-f", str(folder / "config")], stderr=log)
    try:
        _wait(server, made)
        yield made
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder / "data")


def _wait(server: "subprocess.Popen[bytes]", made: Sshd) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", made.port)) == 0:
                return
        if server.poll() is not None:
            break
        time.sleep(0.1)
    pytest.fail(f"the SSH server does not answer: {(made.folder / 'log').read_text()[-300:]}")
