"""deploy/compose.yaml and what stands beside it, without an engine: tests/harness/engine runs it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.core.errors import ProjectError
from harness.image.compose import COMPOSE_FILE, IMAGES, check_pinned
from harness.image.container import LOCKED_DOWN
from tests.support.clone import Clone
from tests.support.constants import ROOT

SERVICES: dict[str, Any] = yaml.safe_load((ROOT / COMPOSE_FILE).read_text("utf-8"))["services"]
DIGEST = f"name@sha256:{'0' * 64}"
WHOLE = "".join(f"{key}={DIGEST}\n" for key in IMAGES) + "GRAFANA_PASSWORD=x\n"


def test_the_compose_specification_knows_every_key() -> None:
    program = Path(sys.executable).with_name("check-jsonschema")
    command = [str(program), "--builtin-schema", "vendor.compose-spec", str(ROOT / COMPOSE_FILE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_service_has_the_rights_that_it_was_tried_with() -> None:
    model = SERVICES["model"]
    assert set(LOCKED_DOWN) == {"--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges"}
    assert (model["read_only"], model["cap_drop"]) == (True, ["ALL"])
    assert model["security_opt"] == ["no-new-privileges:true"]
    assert model["tmpfs"][0].startswith("/tmp:")  # noqa: S108
    assert model["user"] == "1034:1034"


@pytest.mark.parametrize("name", SERVICES)
def test_every_port_is_on_loopback_and_every_container_has_few_rights(name: str) -> None:
    service = SERVICES[name]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])


def test_every_mounted_file_exists() -> None:
    mounted = [volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])]
    local = [place for place in mounted if place.startswith("./")]
    assert local
    assert all((ROOT / "deploy" / place).exists() for place in local)


def test_grafana_finds_prometheus_and_the_dashboard() -> None:
    folder = ROOT / "deploy/grafana"
    (source,) = yaml.safe_load((folder / "provisioning/datasources/prometheus.yml").read_text("utf-8"))["datasources"]
    assert (source["type"], source["isDefault"]) == ("prometheus", True)
    assert source["url"] == "http://prometheus:9090"
    (provider,) = yaml.safe_load((folder / "provisioning/dashboards/model.yml").read_text("utf-8"))["providers"]
    mounted = [volume.split(":")[1] for volume in SERVICES["grafana"]["volumes"]]
    assert f"{provider['options']['path']}/dashboard.json" in mounted
    variables = json.loads((folder / "dashboard.json").read_text("utf-8"))["templating"]["list"]
    assert next((one["type"], one["query"]) for one in variables) == ("datasource", "prometheus")


@pytest.mark.skipif(shutil.which("promtool") is None, reason="no promtool; on Debian: apt-get install prometheus")
def test_prometheus_takes_its_configuration() -> None:
    path = ROOT / "deploy/prometheus/prometheus.yml"
    done = subprocess.run(["promtool", "check", "config", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (job,) = yaml.safe_load(path.read_text("utf-8"))["scrape_configs"]
    assert job["job_name"] == "model"


@pytest.mark.parametrize("key", IMAGES)
def test_an_image_without_a_digest_is_refused(key: str, tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text(WHOLE, "utf-8")
    check_pinned(path)
    lines = [f"{key}=name:latest" if line.startswith(f"{key}=") else line for line in WHOLE.splitlines()]
    path.write_text("\n".join(lines), "utf-8")
    with pytest.raises(ProjectError, match=rf"\.env: {key} must be name@sha256:<64 digits>, got 'name:latest'$"):
        check_pinned(path)


def test_the_example_is_refused_until_it_is_filled_in() -> None:
    with pytest.raises(ProjectError, match="IMAGE must be name@sha256"):
        check_pinned(ROOT / "deploy/.env.example")


def test_without_its_settings_nothing_is_started(clone: Clone) -> None:
    done = clone.run("python", "-m", "harness", "up", check=False)
    told = f"error: deploy{os.sep}.env: not found; copy deploy/.env.example and fill it in\n"
    assert (done.returncode, done.stderr) == (1, told)


def test_up_and_down_call_compose_with_the_settings(clone: Clone) -> None:
    (clone.folder / "deploy/.env").write_text(WHOLE, "utf-8")
    for command, words in (("up", "up --detach --wait"), ("down", "down")):
        done = clone.run("env", "COMPOSE=echo", "python", "-m", "harness", command)
        assert done.stdout == f"--env-file=deploy/.env --file=deploy/compose.yaml {words}\n"
    assert clone.status() == ""
