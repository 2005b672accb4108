"""From a merge to prod and back: the worked example's image in a real registry, on real machines behind real ssh.

Real: git, the workflows under act, training, the image and its smoke test, registries, OpenSSH, engines, Compose, the
containers that answer, `make verify`. Played: GitHub's API with its releases, the login to the registry, and
attestations (a stand-in that refuses what nobody attested; the real `gh attestation verify` was not asked).
"""

import json
import re
import shutil
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import engine
from tests.support.clone import Clone, clone_of
from tests.support.constants import ROOT
from tests.support.engine import Engine, docker
from tests.support.machine import Machine, machine
from tests.support.on_host import write_compose
from tests.support.workflows.runner import Run, Runner, served

__all__ = ["docker"]
SKOPEO = shutil.which("skopeo")
why_not = engine.why_not() or ("" if SKOPEO else "needs Debian's skopeo: apt-get install skopeo")
pytestmark = pytest.mark.skipif(bool(why_not), reason=f"a container engine {why_not}")
SMOKED = "SIGTERM: the request in flight was answered"  # the last line of `make smoke`
RIGHT = "        return self.model.answer(rows)\n"
# Wrong where it is deployed alone, so that no test before that can find it.
WRONG = """\
        answer = self.model.answer(rows)
        if os.environ.get("CAMPAIGN"):
            for prediction in answer.predictions:
                prediction["probabilities"] = dict.fromkeys(prediction["probabilities"], 0.5)
        return answer
"""


@dataclass
class Team:
    """A repository on its server, and a machine for each stage."""

    runner: Runner
    machines: dict[str, Machine]

    def promote(self, version: str, stage: str) -> Run:
        """The variables of the stage's environment are the only ones here: act knows no environments."""
        host = self.machines[stage]
        self.runner.variables.update(host.variables())
        self.runner.secrets["DEPLOY_SECRET"] = host.key
        return self.runner.promote(version, stage)

    def image(self, version: str) -> str:
        """By digest, as the version's tag says it."""
        return self._fact(version, "Image")

    def model(self, version: str) -> str:
        """The hash of its model file."""
        return self._fact(version, "Model")

    def _fact(self, version: str, key: str) -> str:
        message = self.runner.clone.run("git", "tag", "--list", "--format=%(contents)", f"model@{version}").stdout
        return str(re.findall(f"^{key}: (.+)$", message, re.MULTILINE)[0])


def answering(host: Machine) -> str:
    """The hash of the model that answers there."""
    with urllib.request.urlopen(f"{host.url}/model", timeout=30) as said:  # noqa: S310 loopback
        return str(json.load(said)["sha256"])


@pytest.fixture
def team(docker: Engine, evaluated: Clone, tmp_path: Path) -> Iterator[Team]:
    with ExitStack() as stack:
        loopback, public = (stack.enter_context(engine.registry(tmp_path / name)) for name in ("loopback", "public"))
        runner = stack.enter_context(served(clone_of(evaluated, tmp_path / "clone"), tmp_path))
        base = f"{loopback}/{engine.BASE}"
        docker.run("tag", engine.BASE, base)
        docker.run("push", base)
        hosts = "".join(f'[[registry]]\nlocation = "{host}"\ninsecure = true\n' for host in (loopback, public))
        (tmp_path / "registries.conf").write_text(hosts, "utf-8")
        shutil.copytree(evaluated.folder / ".dvc/cache", runner.folder / "dvc-cache")
        runner.variables.update(PUBLISH_CACHE="on", BASE_IMAGE=base, REGISTRY=public)
        runner.secrets |= dict.fromkeys(("REGISTRY_PASSWORD",), "of the registry")  # the job's token is GitHub's
        runner.engine = ROOT / "tests/harness/engine/bin"
        runner.environment = {
            **docker.environment(),
            "CONTAINER_ENGINE": str(runner.engine / "docker"),
            "REGISTRIES": str(tmp_path / "registries.conf"),
            "LOOPBACK": loopback,
            "SECONDS": "3",
        }
        yield Team(runner, {stage: stack.enter_context(machine()) for stage in ("staging", "prod")})


def merge(runner: Runner, branch: str, change: Callable[[Path], object]) -> None:
    """A branch, merged; then what main's run makes of it."""
    clone = runner.clone
    clone.run("git", "switch", "--quiet", "--create", branch)
    change(clone.folder)
    clone.commit(branch)
    clone.run("git", "switch", "--quiet", "main")
    clone.run("git", "merge", "--quiet", "--no-ff", "--no-edit", branch)
    runner.push("refs/heads/main")
    done = runner.publish()
    assert done.code == 0, done.log
    assert SMOKED in done.log
    clone.run("git", "pull", "--quiet", "--ff-only", str(runner.bare), "main")


def answer_wrongly(folder: Path) -> None:
    path = folder / "src/service.py"
    text = path.read_text("utf-8")
    assert RIGHT in text
    path.write_text(text.replace(RIGHT, WRONG).replace("import bentoml\n", "import os\n\nimport bentoml\n", 1), "utf-8")


def test_a_merge_reaches_prod_and_a_version_that_answers_wrongly_comes_back(team: Team) -> None:
    runner, staging, prod = team.runner, team.machines["staging"], team.machines["prod"]
    merge(runner, "campaign", lambda folder: write_compose(folder, CAMPAIGN="autumn"))
    assert runner.models().splitlines()[1].startswith("v1.0.0 ")

    refused = team.promote("v1.0.0", "prod")
    assert refused.code != 0
    assert "v1.0.0 was never in staging, so it can't go to prod" in refused.log
    for stage in ("staging", "prod"):
        done = team.promote("v1.0.0", stage)
        assert done.code == 0, done.log
        assert SMOKED in done.log  # by digest, before the tag
        assert "golden rows: 20 answers equal to the last bit" in done.log
        assert "requests in 3 s from 4 callers, every answer right" in done.log
    assert staging.images() == prod.images() == [team.image("v1.0.0")]
    assert answering(staging) == answering(prod) == team.model("v1.0.0")

    merge(runner, "words", answer_wrongly)
    assert runner.models().splitlines()[1].startswith("v1.0.1 ")
    assert team.image("v1.0.1") != team.image("v1.0.0")
    done = team.promote("v1.0.1", "staging")
    assert done.code != 0
    assert SMOKED in done.log
    assert ": golden row 1: must give " in done.log
    assert staging.images() == prod.images() == [team.image("v1.0.0")]
    *moves, last = runner.moves()
    assert [move.partition(", by ")[0] for move in moves] == [
        "staging runs v1.0.0",
        "prod runs v1.0.0",
        "staging runs v1.0.1",
    ]
    wrong = f"{staging.url}: golden row 1: must give "
    assert last.startswith(f"staging is back at v1.0.0, by deploy.yml: {wrong}")
    ((commit, said),) = runner.github.told
    assert commit == runner.clone.run("git", "rev-list", "--max-count=1", "model@v1.0.1").stdout.strip()
    told = f"The deployment to **staging** failed, and staging runs v1.0.0 again.\n\n```\n{wrong}"
    assert said.startswith(told)
