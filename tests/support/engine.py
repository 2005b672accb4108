"""A container engine of the tests' own: Debian's dockerd without a bridge, its registry on loopback, a base image.

Nothing of the machine's network is touched, and only processes that were started here are ended.
"""

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, TypeVar

import pytest

from harness.core.files import replacing
from tests.support.constants import PATIENCE
from tests.support.workflows.tools import CACHE

Result = TypeVar("Result")
DOCKER = "/usr/bin/docker"  # Debian's: another one on the PATH may want a builder that is not here
DAEMON = ("--storage-driver=overlay2", "--iptables=false", "--ip-masq=false", "--ip-forward=false", "--bridge=none")
NEEDED = {DOCKER: "docker.io", "/usr/sbin/dockerd": "docker.io", "/usr/bin/mmdebstrap": "mmdebstrap"}
NEEDED |= {"/usr/bin/docker-registry": "docker-registry"}
CERTIFICATES = "/usr/local/share/ca-certificates"
BASE = "python:3.11-slim"
# What python:3.11-slim holds, made of Debian's packages; with the certificates that this machine trusts.
RECIPE = (
    "--quiet",
    "--variant=minbase",
    '--aptopt=APT::Install-Recommends "false"',
    *(f"--dpkgopt=path-exclude=/usr/share/{folder}/*" for folder in ("doc", "man", "locale")),
    "--include=ca-certificates,python3.11-minimal,libpython3.11-stdlib,python3-pip",
    f'--customize-hook=mkdir -p "$1{CERTIFICATES}"',
    f'--customize-hook=find {CERTIFICATES} -name "*.crt" -exec cp {{}} "$1{CERTIFICATES}" ";"',
    '--customize-hook=chroot "$1" update-ca-certificates >/dev/null 2>&1',
    '--customize-hook=rm -f "$1"/usr/lib/python3*/EXTERNALLY-MANAGED',
    '--customize-hook=for name in python python3; do ln -sf python3.11 "$1/usr/bin/$name"; done',
    "bookworm",
)


def why_not() -> str:
    """Why there can be no engine here; empty if there can."""
    if os.geteuid() != 0:
        return "needs root"
    missing = sorted({package for program, package in NEEDED.items() if not Path(program).exists()})
    return f"needs Debian's {', '.join(missing)}: apt-get install {' '.join(missing)}" if missing else ""


@dataclass(frozen=True)
class Engine:
    """A running dockerd, as `make` sees it: through the environment."""

    address: str

    def environment(self) -> dict[str, str]:
        return {
            "CONTAINER_ENGINE": DOCKER,
            "DOCKER_HOST": self.address,
            "DOCKER_BUILDKIT": "0",
            "BUILD_OPTIONS": "--network=host",
            "SMOKE_NETWORK": "host",
        }

    def run(self, *arguments: str) -> str:
        done = self.call(DOCKER, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def call(self, *command: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command that is to use this engine."""
        environment = {**os.environ, **self.environment()}
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)

    def import_base(self) -> None:
        """Make the base image known under its name."""
        certificates = "/etc/ssl/certs/ca-certificates.crt"
        trusted = f"--change=ENV SSL_CERT_FILE={certificates} PIP_CERT={certificates}"
        self.run("import", trusted, str(base_image()), BASE)

    def is_ready(self) -> bool:
        return self.call(DOCKER, "version").returncode == 0


@contextmanager
def started() -> Iterator[Engine]:
    """A dockerd with folders of its own; with short names, for those of sockets may have 100 letters."""
    folder = Path(tempfile.mkdtemp(prefix="engine-"))
    address = f"unix://{folder}/socket"
    folders = (f"--data-root={folder}/data", f"--exec-root={folder}/exec", f"--pidfile={folder}/pid")
    command = ["/usr/sbin/dockerd", *folders, f"--host={address}", *DAEMON]
    try:
        with (folder / "log").open("w") as log, process(command, log) as running:
            engine = Engine(address)
            _until(running, folder / "log", engine.is_ready)
            yield engine
    finally:
        for mount in Path("/proc/mounts").read_text("utf-8").splitlines():
            if f" {folder}/" in mount:  # what the engine left behind
                subprocess.run(["umount", "--lazy", mount.split()[1]], check=False)
        shutil.rmtree(folder)


@contextmanager
def registry(folder: Path) -> Iterator[str]:
    """A registry on loopback; its host and port."""
    folder.mkdir(parents=True)
    storage = f"storage: {{filesystem: {{rootdirectory: {folder}/data}}}}"
    (folder / "config.yml").write_text(f"version: 0.1\n{storage}\nhttp: {{addr: '127.0.0.1:0'}}\n", "utf-8")
    command = ["/usr/bin/docker-registry", "serve", str(folder / "config.yml")]
    with (folder / "log").open("w") as log, process(command, log) as running:
        yield _until(running, folder / "log", lambda: _address(folder / "log"))


def _address(log: Path) -> str:
    """Where the registry says that it listens; empty before."""
    return next(iter(re.findall(r"listening on (127\.0\.0\.1:\d+)", log.read_text("utf-8"))), "")


def _until(running: subprocess.Popen[bytes], log: Path, found: Callable[[], Result]) -> Result:
    """Wait until a process that was started has something to show."""
    deadline = time.monotonic() + PATIENCE
    while not (shown := found()):
        assert running.poll() is None, log.read_text("utf-8")
        assert time.monotonic() < deadline, log.read_text("utf-8")
        time.sleep(0.1)
    return shown


@contextmanager
def process(command: list[str], log: IO[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process that ends with this block."""
    with subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT) as running:
        try:
            yield running
        finally:
            running.terminate()


@pytest.fixture(scope="session")
def docker() -> Iterator[Engine]:
    """An engine that knows the base image; afterwards the network must be as it was."""
    before = network_settings()
    with started() as running:
        running.import_base()
        yield running
    assert network_settings() == before


def base_image() -> Path:
    """The base image's files as a tar, made once for each recipe and each set of certificates."""
    certificates = sorted(Path(CERTIFICATES).glob("*.crt"))
    key = sha256("\0".join([*RECIPE, *(path.read_text() for path in certificates)]).encode()).hexdigest()[:12]
    made = CACHE / f"base-{key}.tar"
    if not made.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with replacing(made) as temporary:
            subprocess.run(["mmdebstrap", "--format=tar", *RECIPE, str(temporary)], check=True)
    return made


def network_settings() -> str:
    """What a container engine might change: firewall, addresses, routes, forwarding."""
    commands = (["iptables-save"], ["ip", "address"], ["ip", "route"], ["sysctl", "net.ipv4.ip_forward"])
    printed = ""
    for command in commands:
        if shutil.which(command[0]):
            done = subprocess.run(command, capture_output=True, text=True, check=False).stdout
            lines = (line for line in done.splitlines() if not line.startswith("#") and "_lft" not in line)
            printed += "\n".join(line.split(" [")[0] if line.startswith(":") else line for line in lines)
    return printed
