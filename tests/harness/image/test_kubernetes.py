"""deploy/kubernetes, rendered: Kubernetes' schemas, and each rule of the hardening list read from what comes out.

No cluster runs here: kubernetes.yml of the template's repository runs it on kind.
"""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.image.container import LOCKED_DOWN
from tests.support.constants import ROOT
from tests.support.workflows.tools import kubernetes_validate, kustomize

FOLDER = ROOT / "deploy/kubernetes"
STAGES = ("staging", "prod")
GRACE = 20  # seconds that requests in hand have, docs/service.md
COMPONENTS = "components: [../components/service-monitor, ../components/http-route]"


def rendered(overlay: Path) -> str:
    done = subprocess.run([kustomize(), "build", overlay], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module", params=STAGES)
def objects(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Kind/name → object."""
    found = yaml.safe_load_all(rendered(FOLDER / request.param))
    return {f"{one['kind']}/{one['metadata']['name']}": one for one in found}


@pytest.fixture
def pod(objects: dict[str, Any]) -> Any:
    return objects["Deployment/model"]["spec"]["template"]["spec"]


@pytest.fixture
def container(pod: Any) -> Any:
    (only,) = pod["containers"]
    return only


@pytest.mark.parametrize("stage", STAGES)
def test_kubernetes_schemas_know_every_key(stage: str, tmp_path: Path) -> None:
    rights = (FOLDER / "rights.yaml").read_text("utf-8").replace("prod", stage)
    (tmp_path / "all.yaml").write_text(f"{rendered(FOLDER / stage)}---\n{rights}", "utf-8")
    command = [str(kubernetes_validate()), "--strict", str(tmp_path / "all.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (tmp_path / "all.yaml").write_text(rendered(FOLDER / stage).replace("minReplicas", "minReplica"), "utf-8")
    assert subprocess.run(command, capture_output=True, check=False).returncode != 0


def test_the_namespace_enforces_restricted_pod_security(objects: dict[str, Any]) -> None:
    (name,) = [name for name in objects if name.startswith("Namespace/")]
    assert objects[name]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert {one["metadata"].get("namespace", name) for one in objects.values()} == {name, name.split("/")[1]}


def test_the_pod_is_what_restricted_asks_for(pod: Any, container: Any) -> None:
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
    assert all(set(volume) <= {"name", "emptyDir"} for volume in pod["volumes"])


def test_it_runs_as_the_images_user_on_a_root_that_nobody_can_write(pod: Any, container: Any) -> None:
    assert (pod["securityContext"]["runAsUser"], pod["securityContext"]["runAsGroup"]) == (1034, 1034)
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert "USER 1034:1034" in (ROOT / "Dockerfile").read_text("utf-8")


def test_tmp_alone_can_be_written_and_has_a_limit(pod: Any, container: Any) -> None:
    assert container["volumeMounts"] == [{"name": "tmp", "mountPath": "/tmp"}]  # noqa: S108
    assert pod["volumes"] == [{"name": "tmp", "emptyDir": {"sizeLimit": "256Mi"}}]


def test_all_three_probes_ask_what_the_service_answers(container: Any) -> None:
    paths = {name: container[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "readiness", "liveness")}
    assert paths == {"startup": "/readyz", "readiness": "/readyz", "liveness": "/livez"}


def test_a_rollout_takes_no_pod_away_before_another_is_ready(objects: dict[str, Any]) -> None:
    assert objects["Deployment/model"]["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


def test_requests_in_hand_are_answered_before_the_end(pod: Any, container: Any) -> None:
    pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pause >= 5
    assert pod["terminationGracePeriodSeconds"] > pause + GRACE


def test_the_autoscaler_begins_at_two_and_alone_decides(objects: dict[str, Any]) -> None:
    assert objects["HorizontalPodAutoscaler/model"]["spec"]["minReplicas"] == 2
    assert "replicas" not in objects["Deployment/model"]["spec"]


def test_the_disruption_budget_lets_nodes_drain(objects: dict[str, Any]) -> None:
    spec = objects["PodDisruptionBudget/model"]["spec"]
    assert spec["maxUnavailable"] == 1
    assert "minAvailable" not in spec
    assert spec["selector"]["matchLabels"].items() <= labels(objects).items()


def test_the_network_is_denied_but_for_requests_and_scraping(objects: dict[str, Any]) -> None:
    denied = objects["NetworkPolicy/default-deny"]["spec"]
    assert denied["podSelector"] == {}
    assert set(denied["policyTypes"]) == {"Ingress", "Egress"}
    assert not {"ingress", "egress"} & set(denied)
    (rule,) = objects["NetworkPolicy/model"]["spec"]["ingress"]
    names = [one["namespaceSelector"]["matchLabels"] for one in rule["from"]]
    assert {"kubernetes.io/metadata.name": "monitoring"} in names
    assert all(names)
    assert rule["ports"] == [{"port": "http"}]


def test_the_image_is_named_by_digest(container: Any) -> None:
    assert "@sha256:" in container["image"]


def test_no_token_of_the_cluster_is_in_the_pod(objects: dict[str, Any], pod: Any) -> None:
    assert pod["automountServiceAccountToken"] is False
    assert objects["ServiceAccount/model"]["automountServiceAccountToken"] is False


def test_resources_are_requested_and_their_source_is_told(container: Any) -> None:
    assert {"cpu", "memory"} <= set(container["resources"]["requests"])
    assert "memory" in container["resources"]["limits"]
    assert "Measured on " in (FOLDER / "base/deployment.yaml").read_text("utf-8")


def test_the_service_and_every_selector_find_the_pods(objects: dict[str, Any]) -> None:
    found = labels(objects).items()
    assert objects["Service/model"]["spec"]["selector"].items() <= found
    assert objects["Deployment/model"]["spec"]["selector"]["matchLabels"].items() <= found


def test_optional_components_route_by_weight_and_are_scraped(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "kubernetes")
    overlay = tmp_path / "kubernetes/prod/kustomization.yaml"
    text = overlay.read_text("utf-8")
    assert f"# {COMPONENTS}" in text
    overlay.write_text(text.replace(f"# {COMPONENTS}", COMPONENTS), "utf-8")
    found = {one["kind"]: one for one in yaml.safe_load_all(rendered(overlay.parent))}
    assert found["ServiceMonitor"]["spec"]["endpoints"][0]["path"] == "/metrics"
    (rule,) = found["HTTPRoute"]["spec"]["rules"]
    assert [one["weight"] for one in rule["backendRefs"]] == [100, 0]


def test_the_image_is_tried_with_the_same_rights() -> None:
    """What `make smoke` takes away, compose and Kubernetes take away too."""
    assert set(LOCKED_DOWN) == {"--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges"}


def labels(objects: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = objects["Deployment/model"]["spec"]["template"]["metadata"]["labels"]
    return found
