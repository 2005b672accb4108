"""publish.yml with a real engine and real registries: what is pulled from the outside is what was tried inside."""

import json
import shutil
from pathlib import Path

import pytest

from tests.support import engine
from tests.support.clone import Clone
from tests.support.engine import Engine
from tests.support.workflows.runner import Runner

SKOPEO = shutil.which("skopeo")
why_not = engine.why_not() or ("" if SKOPEO else "needs Debian's skopeo: apt-get install skopeo")
pytestmark = pytest.mark.skipif(bool(why_not), reason=f"a container engine {why_not}")


def test_a_push_publishes_the_very_bytes_that_were_tried(
    runner: Runner, docker: Engine, known: Clone, tmp_path: Path
) -> None:
    with engine.registry(tmp_path / "loopback") as loopback, engine.registry(tmp_path / "public") as public:
        base = f"{loopback}/{engine.BASE}"
        docker.run("tag", engine.BASE, base)
        docker.run("push", base)
        hosts = "".join(f'[[registry]]\nlocation = "{host}"\ninsecure = true\n' for host in (loopback, public))
        (tmp_path / "registries.conf").write_text(hosts, "utf-8")
        shutil.copytree(known.folder / ".dvc/cache", runner.folder / "dvc-cache")
        runner.variables.update(PUBLISH_CACHE="on", BASE_IMAGE=base, REGISTRY=public)
        runner.secrets |= dict.fromkeys(("REGISTRY_PASSWORD",), "of the registry")  # the job's token is GitHub's
        runner.engine = Path(__file__).parent / "bin"
        runner.environment = {
            **docker.environment(),
            "CONTAINER_ENGINE": str(runner.engine / "docker"),
            "REGISTRIES": str(tmp_path / "registries.conf"),
            "LOOPBACK": loopback,
        }
        done = runner.publish()
        assert done.code == 0, done.log
        assert "20 answers equal to the last bit" in done.log
        (release,) = runner.github.releases.made
        assets = {item["name"]: runner.github.releases.assets[item["id"]] for item in release["assets"]}
        image = assets["image.txt"].decode().strip()
        assert image.startswith(f"{public}/team/project@sha256:")
        with engine.started() as other:
            other.run("pull", image)
            found = json.loads(other.run("image", "inspect", "--format={{json .Config.Labels}}", image))
            tags = {
                tag: other.run("pull", "--quiet", f"{public}/team/project:{tag}")
                for tag in ("latest", f"sha-{sha(runner)}")
            }
            digests = other.run("image", "inspect", "--format={{json .RepoDigests}}", *tags.values()).splitlines()
        assert [json.loads(line) for line in digests] == [[image], [image]]
        assert found["org.opencontainers.image.revision"] == sha(runner)
        assert found["org.opencontainers.image.base.digest"].startswith("sha256:")


def sha(runner: Runner) -> str:
    return runner.clone.run("git", "rev-parse", "HEAD").stdout.strip()
