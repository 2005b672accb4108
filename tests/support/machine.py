"""A machine to deploy to: OpenSSH's server, behind which an engine of its own runs what Compose tells it to."""

import getpass
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support import engine
from tests.support.engine import DOCKER, Engine
from tests.support.serving import free_port
from tests.support.sshd import Sshd, sshd
from tests.support.workflows.tools import compose


@dataclass(frozen=True)
class Machine:
    """Where the service of one stage runs."""

    engine: Engine
    server: Sshd
    port: int  # of its service, on loopback: the engine has no bridge

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def key(self) -> str:
        """The private key that may log in: DEPLOY_SECRET."""
        return (self.server.folder / "writer").read_text()

    def variables(self) -> dict[str, str]:
        """What docs/deploy.md asks for of one machine."""
        kind, public = (self.server.folder / "host.pub").read_text().split()[:2]
        return {
            "DEPLOY": "compose",
            "DEPLOY_HOST": f"ssh://{getpass.getuser()}@127.0.0.1:{self.server.port}",
            "DEPLOY_KNOWN_HOSTS": f"[127.0.0.1]:{self.server.port} {kind} {public}",
            "DEPLOY_URL": self.url,
        }

    def images(self) -> list[str]:
        """The images of the containers that run, by digest."""
        found = []
        for container in self.engine.run("ps", "--quiet").split():
            image = self.engine.run("inspect", "--format={{.Config.Image}}", container)
            digests = self.engine.run("image", "inspect", "--format={{json .RepoDigests}}", image)
            found += json.loads(digests)
        return found


@contextmanager
def machine() -> Iterator[Machine]:
    """Skips the test where there is no SSH server, or no Compose."""
    program = compose()
    with tempfile.TemporaryDirectory(prefix="machine-") as name, engine.started() as running:
        folder = Path(name)
        (folder / "docker/cli-plugins").mkdir(parents=True)
        (folder / "docker/cli-plugins/docker-compose").symlink_to(program)
        path = f"{Path(DOCKER).parent}:/bin:/usr/sbin:/sbin"
        port = free_port()
        own = {"DOCKER_HOST": running.address, "DOCKER_CONFIG": str(folder / "docker"), "PATH": path}
        with sshd(folder / "ssh", {**own, "MODEL_PORT": str(port)}) as server:
            yield Machine(running, server, port)
