"""`make up` with a real engine: the service as it is locked down, scraped by a real Prometheus; then `make down`.

The engine has no bridge, so both are on the host's network. Grafana is not to be had here: its queries are asked of
Prometheus instead.
"""

import json
import shutil
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from harness.core.paths import MODEL_PATH
from harness.inference.model_file import ModelFile
from tests.support import engine
from tests.support.clone import Clone
from tests.support.constants import PATIENCE, ROOT
from tests.support.engine import Engine
from tests.support.on_host import pinned
from tests.support.serving import free_port
from tests.support.workflows.tools import compose

PROMETHEUS = shutil.which("prometheus")
why_not = engine.why_not() or ("" if PROMETHEUS else "needs Debian's prometheus: apt-get install prometheus")
pytestmark = pytest.mark.skipif(bool(why_not), reason=f"a container engine {why_not}")
RECIPE = f"""\
FROM {engine.BASE}
COPY prometheus /bin/prometheus
RUN mkdir /prometheus && chown 65534:65534 /prometheus
VOLUME /prometheus
USER 65534:65534
ENTRYPOINT ["/bin/prometheus"]
"""
OVERRIDE = """\
services:
  model:
    network_mode: host
    ports: !reset []
    environment: {{PORT: "{model}"}}
  prometheus:
    network_mode: host
    ports: !reset []
    volumes: ["{settings}:/etc/prometheus:ro"]
  grafana:
    profiles: [elsewhere]
"""
QUERIES = [
    target["expr"]
    for panel in json.loads((ROOT / "deploy/grafana/dashboard.json").read_text("utf-8"))["panels"]
    for target in panel["targets"]
]
ANSWERED = ("bentoml_service_request_total", "model_predictions_total", "model_info")  # by what has traffic here


def ask(url: str, body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return json.load(answer)


def test_the_service_is_up_scraped_and_down_again(lent: Clone, docker: Engine, tmp_path: Path) -> None:
    program, ports = compose(), {"model": free_port(), "prometheus": free_port()}
    assert docker.call("make", "image", "IMAGE=model:up", folder=lent.folder).returncode == 0
    (tmp_path / "image").mkdir()
    shutil.copy(str(PROMETHEUS), tmp_path / "image/prometheus")
    (tmp_path / "image/Dockerfile").write_text(RECIPE)
    docker.run("build", "--quiet", "--network=host", "--tag=prometheus:up", str(tmp_path / "image"))
    shutil.copytree(ROOT / "deploy/prometheus", tmp_path / "settings")
    text = (tmp_path / "settings/prometheus.yml").read_text("utf-8").replace("15s", "1s")
    (tmp_path / "settings/prometheus.yml").write_text(text.replace("model:3000", f"127.0.0.1:{ports['model']}"))
    override = tmp_path / "override.yaml"
    override.write_text(OVERRIDE.format(settings=tmp_path / "settings", **ports))
    with engine.registry(tmp_path / "registry") as host:
        images = {"IMAGE": pinned(docker, "model:up", host), "PROMETHEUS_IMAGE": pinned(docker, "prometheus:up", host)}
    images["GRAFANA_IMAGE"] = f"grafana@sha256:{'0' * 64}"
    images |= {"GRAFANA_PASSWORD": "x", "PROMETHEUS_LISTEN": f"127.0.0.1:{ports['prometheus']}"}
    env = tmp_path / "env"
    env.write_text("".join(f"{key}={value}\n" for key, value in images.items()))
    make = ("env", f"COMPOSE={program}", "make")
    settings = (f"ENV={env}", f"OVERRIDE={override}")
    try:
        done = docker.call(*make, "up", *settings, folder=lent.folder)
        assert done.returncode == 0, done.stdout + done.stderr
        file = ModelFile(lent.folder / MODEL_PATH)
        service = f"http://127.0.0.1:{ports['model']}"
        assert ask(f"{service}/model")["sha256"] == file.sha256
        deadline = time.monotonic() + PATIENCE
        unanswered = {name for name in QUERIES if any(series in name for series in ANSWERED)}
        assert len(unanswered) == 3
        while unanswered:
            assert time.monotonic() < deadline, unanswered
            ask(f"{service}/predict", {"rows": file.golden["rows"]})
            for query in QUERIES:
                asked = urllib.parse.urlencode({"query": query})
                found = ask(f"http://127.0.0.1:{ports['prometheus']}/api/v1/query?{asked}")
                assert found["status"] == "success"
                unanswered -= {query} if found["data"]["result"] else set()
            time.sleep(1)
        names = docker.run("ps", "--format={{.Names}}").split()
        (model,) = [name for name in names if "model-1" in name]
        held = json.loads(docker.run("inspect", "--format={{json .HostConfig}}", model))
        assert (held["ReadonlyRootfs"], held["CapDrop"]) == (True, ["ALL"])
    finally:
        down = docker.call(*make, "down", *settings, folder=lent.folder)
    assert down.returncode == 0, down.stderr
    assert docker.run("ps", "--quiet") == ""
