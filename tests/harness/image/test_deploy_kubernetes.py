"""deploy_image.py with the real kubectl and kustomize, against a stand-in for a cluster's API; no cluster runs here."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import yaml

from tests.support.constants import ROOT
from tests.support.kubernetes import Cluster, cluster
from tests.support.workflows.tools import kubectl, kustomize

ONE, TWO = (f"registry.example.org/team/model@sha256:{digit * 64}" for digit in "12")
DEPLOYMENT = "/apis/apps/v1/namespaces/model-prod/deployments"


@pytest.fixture
def prod(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """A cluster, and a copy of the manifests in the folder in which the test runs."""
    shutil.copytree(ROOT / "deploy/kubernetes", tmp_path / "deploy/kubernetes")
    monkeypatch.chdir(tmp_path)
    with cluster(tmp_path) as made:
        yield made


def deploy(made: Cluster, image: str, **other: str) -> str:
    """Run the workflow's script; its error, in one line, empty if there is none."""
    given = {"DEPLOY": "kubernetes", "DEPLOY_NAMESPACE": "model-prod", "STAGE": "prod", "IMAGE": image}
    given |= {"DEPLOY_SECRET": made.kubeconfig(), "ROLLOUT_WITHIN": "2", "HOME": str(Path.cwd()), **other}
    given["PATH"] = f"{kubectl().parent}:{kustomize().parent}:{os.environ['PATH']}"
    command = [sys.executable, str(ROOT / ".github/scripts/deploy_image.py")]
    done = subprocess.run(command, env={**os.environ, **given}, capture_output=True, text=True, check=False)
    lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert bool(lines) == (done.returncode != 0), done.stderr
    return lines[-1] if lines else ""


def test_the_stages_overlay_is_applied_with_the_digest_and_its_rollout_waited_for(prod: Cluster) -> None:
    assert deploy(prod, ONE) == ""
    assert prod.answering == ONE
    kinds = sorted(value["kind"] for value in prod.objects.values())
    assert kinds == [
        "Deployment", "HorizontalPodAutoscaler", "Namespace", "NetworkPolicy", "NetworkPolicy", "PodDisruptionBudget",
        "Service", "ServiceAccount",
    ]  # fmt: skip
    assert prod.calls[-1] == f"GET {DEPLOYMENT}"  # the rollout is watched
    asked = len(prod.calls)
    assert deploy(prod, TWO) == ""
    assert prod.answering == TWO
    assert f"PATCH {DEPLOYMENT}/model" in prod.calls[asked:]


def test_what_never_gets_ready_is_one_line_and_the_image_before_is_put_back(prod: Cluster) -> None:
    prod.broken.add(TWO)
    assert deploy(prod, ONE) == ""
    assert deploy(prod, TWO) == "error: kubectl: timed out waiting for the condition"
    assert prod.answering == ONE  # no pod of it was taken away
    assert deploy(prod, ONE) == ""
    status = prod.objects[f"{DEPLOYMENT}/model"]["status"]
    assert (prod.answering, status["replicas"], status["updatedReplicas"]) == (ONE, 1, 1)


def test_a_first_deployment_that_fails_is_taken_away_and_the_next_one_runs(prod: Cluster) -> None:
    prod.broken.add(TWO)
    assert deploy(prod, TWO) == "error: kubectl: timed out waiting for the condition"
    assert deploy(prod, "") == ""
    assert f"{DEPLOYMENT}/model" not in prod.objects
    assert deploy(prod, "") == ""  # there is none any more
    assert deploy(prod, ONE) == ""
    assert prod.answering == ONE


def test_the_rights_in_rights_yaml_are_those_that_deployments_use(prod: Cluster) -> None:
    """All of them and no other, but for the components that this cluster does not know."""
    prod.write("/api/v1/namespaces/model-prod", {"kind": "Namespace", "metadata": {"name": "model-prod"}})
    prod.broken.add(TWO)
    manifest = Path("deploy/kubernetes/prod/kustomization.yaml")
    for image in (ONE, TWO, ""):
        deploy(prod, image)
        manifest.write_text(manifest.read_text("utf-8").replace("instance: prod", "instance: later"), "utf-8")
    calls = {call for call in prod.calls if "openapi" not in call}
    assert {right for call in calls for right in used(call)} == granted()


def used(call: str) -> Iterator[tuple[str, str, str]]:
    """Group, resource and verb of what was asked; nothing where it was what the cluster knows."""
    method, path = call.split()
    found = re.fullmatch(r"/(?:api|apis/([\w.]+))/v\d(?:/namespaces/model-prod)?/([a-z]+)(/[\w-]+)?", path)
    if found:
        one = {"GET": ("get",), "POST": ("create",), "PATCH": ("patch",), "DELETE": ("delete",)}
        for verb in one[method] if found[3] or method == "POST" else ("list", "watch"):
            yield found[1] or "", found[2], verb


def granted() -> set[tuple[str, str, str]]:
    optional = {"httproutes", "servicemonitors"}
    rules = [
        rule
        for one in yaml.safe_load_all((ROOT / "deploy/kubernetes/rights.yaml").read_text("utf-8"))
        for rule in one.get("rules", [])
    ]
    return {
        (group, resource, verb)
        for rule in rules
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
        if resource not in optional
    }


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"DEPLOY_NAMESPACE": ""}, "error: DEPLOY_NAMESPACE is missing: docs/deploy.md"),
        ({"DEPLOY_SECRET": ""}, "error: DEPLOY_SECRET is missing: docs/deploy.md"),
        ({"DEPLOY_NAMESPACE": "elsewhere"}, "error: kubectl: the namespace from the provided object "),
        ({"STAGE": "nowhere"}, "error: deploy/kubernetes/nowhere: no such overlay"),
    ],
)
def test_a_setting_that_is_wrong_is_one_line(prod: Cluster, settings: dict[str, str], told: str) -> None:
    assert deploy(prod, ONE, **settings).startswith(told)
    assert f"{DEPLOYMENT}/model" not in prod.objects


def test_a_token_that_the_cluster_does_not_know_is_one_line(prod: Cluster) -> None:
    config = json.loads(prod.kubeconfig())
    config["users"][0]["user"]["token"] = "another"  # noqa: S105
    assert "the server has asked for the client to provide credentials" in deploy(
        prod, ONE, DEPLOY_SECRET=json.dumps(config)
    )
    assert prod.objects == {}


class Issuer(BaseHTTPRequestHandler):
    """Where a runner gets the token of its run."""

    def do_GET(self) -> None:
        known = self.headers["Authorization"] == "Bearer run" and self.path.endswith("&audience=cluster")
        self.send_response(200 if known else 403)
        self.end_headers()
        self.wfile.write(b'{"value": "secret"}')

    def log_message(self, *_: object) -> None:
        pass


def test_a_cluster_that_believes_the_runs_token_needs_no_secret(prod: Cluster) -> None:
    with HTTPServer(("127.0.0.1", 0), Issuer) as issuer:
        threading.Thread(target=issuer.serve_forever, daemon=True).start()
        given = {"DEPLOY_AUDIENCE": "cluster", "DEPLOY_SERVER": prod.url, "DEPLOY_CA": prod.authority}
        given |= {"ACTIONS_ID_TOKEN_REQUEST_URL": f"http://127.0.0.1:{issuer.server_port}/token?run=1"}
        given |= {"ACTIONS_ID_TOKEN_REQUEST_TOKEN": "run", "DEPLOY_SECRET": ""}
        found = deploy(prod, ONE, **given)
        issuer.shutdown()
    assert (found, prod.answering) == ("", ONE)
