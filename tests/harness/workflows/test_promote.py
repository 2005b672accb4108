"""promote.yml and deploy.yml, run for real: to staging, to prod, and back by itself where the answers are wrong.

Services, HTTP, tags and git are real; GitHub, its attestations and the machine behind ssh are played.
"""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from harness.monitor.state import Entry, WatchState
from tests.support.constants import ROOT
from tests.support.models import tampered
from tests.support.serving import free_port
from tests.support.workflows.runner import HERE, Runner

COMPOSE = "services: {model: {image: $IMAGE}}\n"


class Deployed:
    """A server's repository with published versions, and a machine that runs one of them."""

    def __init__(self, runner: Runner, host: Path) -> None:
        self.runner, self.host = runner, host
        self.port = free_port()
        self.images: dict[str, str] = {}
        (runner.clone.folder / "deploy").mkdir(exist_ok=True)
        (runner.clone.folder / "deploy/compose.yaml").write_text(COMPOSE)
        runner.clone.commit("how it is deployed")
        runner.engine = HERE / "host"
        runner.variables.update(DEPLOY="compose", DEPLOY_HOST="host", DEPLOY_KNOWN_HOSTS="host key")
        runner.variables["DEPLOY_URL"] = f"http://127.0.0.1:{self.port}"
        runner.secrets |= dict.fromkeys(("DEPLOY_SECRET",), "key")
        runner.environment.update(HOST=str(host), PORT=str(self.port), SERVED=str(ROOT), SECONDS="1", WITHIN="60")

    def publish(
        self, name: str, content: bytes, attested: str = "model image", metrics: bytes = b'{"test": {}}'
    ) -> str:
        """A commit with its release and its version; its image is where the machine can get it."""
        clone, releases = self.runner.clone, self.runner.github.releases
        clone.commit(f"the model of {name}")
        sha = self.runner.push("refs/heads/main")
        digest = sha256(name.encode()).hexdigest()
        image = self.images[name] = f"ghcr.io/team/project@sha256:{digest}"
        (self.host / f"{digest}.onnx").write_bytes(content)
        clone.run("git", "-C", str(self.runner.bare), "tag", f"model-{sha}", sha)
        made = releases.write("POST", "releases", {"tag_name": f"model-{sha}"})
        for asset, held in (("model.onnx", content), ("metrics.json", metrics), ("image.txt", image.encode())):
            releases.upload(f"releases/{made['id']}/assets", asset, held)
        message = f"model {name}\n\nModel: {sha256(content).hexdigest()}\nImage: {image}\n"
        values = {"tag": f"model@{name}", "object": sha, "type": "commit", "message": message}
        tag = releases.write("POST", "git/tags", values)
        releases.write("POST", "git/refs", {"ref": f"refs/tags/model@{name}", "sha": tag["sha"]})
        lines = {"model": f"{sha256(content).hexdigest()} {sha}", "image": f"{image} {sha}"}
        with (self.runner.folder / "calls.attested").open("a") as file:
            file.writelines(f"{lines[what]}\n" for what in attested.split())
        return sha

    def ran(self) -> list[str]:
        """The images that the machine was told to run, in their order."""
        path = self.host / "asked"
        asked = path.read_text().splitlines() if path.exists() else []
        return [line.split()[0].removeprefix("IMAGE=") for line in asked if " up " in line]

    def assigned(self, name: str, stage: str, commit: str) -> None:
        """A run that ended when it had added its tag."""
        given = {"STAGE": stage, "KIND": "promotion", "COMMIT": commit, "VERSION": name, "BY": "ann"}
        self.runner.script("assign_stage.py", {}, **given)

    def watched(self, model: bytes) -> None:
        """The monitor looked at it 11 days ago, and now, and saw nothing."""
        state = WatchState(self.runner.folder / "monitoring/state.jsonl")
        state.path.parent.mkdir()
        for look, days in enumerate((11, 0)):
            made = f"{datetime.now(UTC) - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"
            values = {"model": sha256(model).hexdigest()[:12], "look": look, "made": made, "outcome": "nothing"}
            nothing = dict.fromkeys(("void", "seen_until", "closed_until"))
            state.append(
                Entry.model_validate({"previous": "0" * 64, "rows": 9, "purses": [], "groups": [], **nothing, **values})
            )
        self.runner.script("record_monitoring.py", {}, "save", str(state.path.parent))


@pytest.fixture
def deployed(runner: Runner, model: Path, tmp_path: Path) -> Iterator[Deployed]:
    host = tmp_path / "host"
    host.mkdir()
    (host / "metrics.json").write_bytes(model.with_name("metrics.json").read_bytes())
    yield Deployed(runner, host)
    with suppress(FileNotFoundError, ProcessLookupError):
        os.kill(int((host / "pid").read_text()), signal.SIGTERM)


def test_a_version_reaches_prod_and_one_with_wrong_answers_is_rolled_back(
    deployed: Deployed, model: Path, tmp_path: Path
) -> None:
    deployed.publish("v1.0.0", model.read_bytes())
    for stage in ("staging", "prod"):
        done = deployed.runner.promote("v1.0.0", stage)
        assert done.code == 0, done.log
        assert "golden rows: 20 answers equal to the last bit" in done.log
        assert "requests in 1 s from 4 callers, every answer right" in done.log
    bad = deployed.publish("v1.0.1", tampered(model, tmp_path / "bad/model.onnx").read_bytes())
    done = deployed.runner.promote("v1.0.1", "staging")
    assert done.code != 0
    assert ": golden row 1: must give " in done.log
    *moves, last = deployed.runner.moves()
    assert [move.partition(", by ")[0] for move in moves] == [
        "staging runs v1.0.0",
        "prod runs v1.0.0",
        "staging runs v1.0.1",
    ]
    wrong = f"{deployed.runner.variables['DEPLOY_URL']}: golden row 1: must give "
    assert last.startswith(f"staging is back at v1.0.0, by deploy.yml: {wrong}")
    ((commit, said),) = deployed.runner.github.told
    assert commit == bad
    assert said.startswith(f"The deployment to **staging** failed, and staging runs v1.0.0 again.\n\n```\n{wrong}")
    assert deployed.ran() == [deployed.images[name] for name in ("v1.0.0", "v1.0.0", "v1.0.1", "v1.0.0")]


def test_what_is_not_sure_is_not_deployed_and_what_ran_still_runs(
    deployed: Deployed, model: Path, tmp_path: Path
) -> None:
    deployed.publish("v1.0.0", model.read_bytes(), attested="model")
    done = deployed.runner.promote("v1.0.0", "staging")
    assert done.code != 0
    assert "error: v1.0.0: its image has no attestation that .github/workflows/image.yml signed for " in done.log
    assert (deployed.runner.moves(), deployed.ran()) == ([], [])
    bad = tampered(model, tmp_path / "bad/model.onnx").read_bytes()
    deployed.publish("v1.0.1", bad)
    assert deployed.runner.promote("v1.0.1", "staging").code != 0  # the first that runs there: nothing to go back to
    assert [move.partition(", by ")[0] for move in deployed.runner.moves()] == [
        "staging runs v1.0.1",
        "staging no longer runs v1.0.1",
    ]
    assert not (deployed.host / "pid").exists()
    deployed.publish("v1.0.2", model.read_bytes())
    assert deployed.runner.promote("v1.0.2", "staging").code == 0
    deployed.publish("v1.0.3", model.read_bytes())
    image = deployed.images["v1.0.3"].rpartition(":")[2]
    (deployed.host / f"{image}.onnx").unlink()  # the registry is gone between verify and deploy
    done = deployed.runner.promote("v1.0.3", "staging")
    assert "the registry does not answer" in done.log
    assert deployed.runner.moves()[-1].startswith("staging is back at v1.0.2, by deploy.yml: ssh: the registry")
    assert deployed.images["v1.0.3"] not in deployed.ran()


def test_a_stage_s_rules_hold_and_what_a_lost_run_has_left_is_deployed_again(deployed: Deployed, model: Path) -> None:
    """The tag of a lost run names a version that does not answer; a promotion of it is refused: it runs already."""
    runner = deployed.runner
    plan = {"column": "plan", "value": "basic", "rows": 90, "test": {"accuracy": 0.6}}
    metrics = json.dumps({"test": {"roc_auc": 0.85}, "slices": [plan]}).encode()
    limits = {"metrics": {"roc_auc": {"min": 0.9}}, "slices": {"plan": {"accuracy": {"min": 0.7}}}}
    runner.clone.edit_params(lambda params: params.update(stages={"staging": {"calm_days": 10, **limits}}))
    deployed.publish("v1.0.0", model.read_bytes(), metrics=metrics)
    done = runner.promote("v1.0.0", "staging")
    assert done.code != 0
    for told in (
        "stages.staging.calm_days: must have been watched for 10 days, but no look is recorded",
        "stages.staging.metrics.roc_auc: must be at least 0.9000, is 0.8500",
        "stages.staging.slices.plan.accuracy: of basic: must be at least 0.7000, is 0.6000",
    ):
        assert told in done.log
    limits = {"metrics": {"roc_auc": {"min": 0.8}}, "slices": {"plan": {"accuracy": {"min": 0.5}}}}
    runner.clone.edit_params(lambda params: params.update(stages={"staging": {"calm_days": 10, **limits}}))
    last = deployed.publish("v1.0.1", model.read_bytes(), metrics=metrics)
    deployed.watched(model.read_bytes())
    done = runner.promote("v1.0.0", "staging")
    assert done.code == 0, done.log

    deployed.assigned("v1.0.1", "staging", last)
    done = runner.promote("v1.0.1", "staging", redeploy=True)
    assert done.code == 0, done.log
    assert "golden rows: 20 answers equal to the last bit" in done.log
    assert runner.moves() == ["staging runs v1.0.0, by nektos/act", "staging runs v1.0.1, by ann"]
    assert deployed.ran() == [deployed.images[name] for name in ("v1.0.0", "v1.0.1")]
