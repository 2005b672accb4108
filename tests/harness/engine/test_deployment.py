"""deploy_image.py over ssh: a real OpenSSH, a real engine behind it with Compose, images from a registry."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import engine
from tests.support.constants import PATIENCE, ROOT
from tests.support.engine import Engine
from tests.support.machine import Machine, machine
from tests.support.on_host import pinned, write_compose

pytestmark = pytest.mark.skipif(bool(engine.why_not()), reason=f"a container engine {engine.why_not()}")
RECIPE = """\
FROM {base}
RUN mkdir /www && echo {name} > /www/index.html
WORKDIR /www
ENTRYPOINT ["sh", "-c", "exec python3 -m http.server --bind 127.0.0.1 $PORT"]
"""


@pytest.fixture(scope="module")
def host() -> Iterator[Machine]:
    with machine() as made:
        yield made


@pytest.fixture(scope="module")
def registry(docker: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Two images by digest, each of which says its name over HTTP."""
    folder = tmp_path_factory.mktemp("images")
    with engine.registry(folder / "registry") as address:
        found = {}
        for name in ("one", "two"):
            (folder / "Dockerfile").write_text(RECIPE.format(base=engine.BASE, name=name))
            docker.run("build", "--quiet", "--network=host", f"--tag={name}", str(folder))
            found[name] = pinned(docker, name, address)
        yield found


def deploy(host: Machine, image: str, **other: str) -> str:
    """Run the workflow's script; its error, in one line, empty if there is none."""
    given = {**host.variables(), "DEPLOY_SECRET": host.key, "IMAGE": image, "STAGE": "prod", **other}
    command = [sys.executable, str(ROOT / ".github/scripts/deploy_image.py")]
    done = subprocess.run(command, env={**os.environ, **given}, capture_output=True, text=True, check=False)
    lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(lines) == (done.returncode != 0), done.stderr
    return "".join(lines)


def answer(host: Machine) -> str:
    """What answers there; a container needs a moment before it does."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(host.url, timeout=5) as said:  # noqa: S310 loopback
                return str(said.read().decode().strip())
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_one_image_replaces_the_other_and_what_cannot_be_had_changes_nothing(
    host: Machine, registry: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_compose(tmp_path)
    assert deploy(host, registry["one"]) == ""
    assert answer(host) == "one"
    assert host.images() == [registry["one"]]
    (container,) = host.engine.run("ps", "--quiet").split()
    assert host.engine.run("inspect", "--format={{.HostConfig.ReadonlyRootfs}} {{.Config.User}}", container) == (
        "true 1034:1034"
    )
    assert deploy(host, registry["two"]) == ""
    assert answer(host) == "two"
    assert host.images() == [registry["two"]]

    absent = registry["one"].partition("@")[0] + "@sha256:" + "0" * 64
    assert deploy(host, absent).startswith("error: ssh: ")
    assert "manifest unknown" in deploy(host, absent)
    gone = f"127.0.0.1:9/model@{registry['one'].partition('@')[2]}"
    assert "connection refused" in deploy(host, gone)
    kind, key = host.variables()["DEPLOY_KNOWN_HOSTS"].split()[1:]
    other = f"[127.0.0.1]:{host.server.port} {kind} {key[:-8]}AAAAAAAA"
    assert "Host key verification failed" in deploy(host, registry["one"], DEPLOY_KNOWN_HOSTS=other)
    stranger = (host.server.folder / "host").read_text()
    assert "Permission denied" in deploy(host, registry["one"], DEPLOY_SECRET=stranger)
    assert (answer(host), host.images()) == ("two", [registry["two"]])

    assert deploy(host, "") == ""
    assert host.images() == []
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(host.url, timeout=5)  # noqa: S310 loopback


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"IMAGE": "name:latest"}, "error: IMAGE='name:latest': must be a name with its digest"),
        ({"DEPLOY": "ftp"}, "error: DEPLOY='ftp': must be none, compose or kubernetes"),
        ({"DEPLOY_HOST": ""}, "error: DEPLOY_HOST is missing: docs/deploy.md"),
        ({"DEPLOY_SECRET": ""}, "error: DEPLOY_SECRET is missing: docs/deploy.md"),
    ],
)
def test_a_setting_that_is_wrong_is_one_line(host: Machine, settings: dict[str, str], told: str) -> None:
    assert deploy(host, **{"image": f"name@sha256:{'0' * 64}", **settings}) == told
