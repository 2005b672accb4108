"""The real service over real HTTP: what it answers, refuses, counts and logs, and when it does not start."""

import ast
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx
import onnx
import psutil
import pytest
from onnx.helper import set_model_props
from openapi_spec_validator import OpenAPIV30SpecValidator, validate

from harness.core.files import file_hash
from harness.inference.predictor import Predictor
from tests.support.constants import PATIENCE, ROOT
from tests.support.models import MODEL_METRICS
from tests.support.serving import Server, free_port, serving, started

LOGGED = re.compile(
    r"model \w{12} on http://\S+ \(Ctrl\+C ends it\)|\S+ \[INFO\] \[entry_service:model\] Service [^{}]*"
)
READY = "Service model initialized"  # the end of a line that each worker logs
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


@pytest.fixture(scope="module")
def predictor(model: Path) -> Predictor:
    return Predictor(model)


@pytest.fixture(scope="module")
def service(model: Path) -> Iterator[Server]:
    """Two workers, so that what is counted is counted over both; at the end, nothing else was logged than the start."""
    with serving(model, WORKERS="2", MAX_ROWS="100") as server:
        yield server
        assert [line for line in server.log() if not LOGGED.fullmatch(line)] == []


@pytest.fixture
def row(predictor: Predictor) -> dict[str, Any]:
    """A row that the contract allows."""
    return dict(predictor.golden["rows"][0])


def metrics_of(service: Server, name: str) -> dict[str, float]:
    """The samples of one metric by their labels."""
    lines = re.findall(rf"^{name}(?:{{(.*)}})? (\S+)$", service.get("/metrics").text, re.MULTILINE)
    return {labels: float(value) for labels, value in lines}


def test_the_golden_rows_are_answered_to_the_bit(service: Server, predictor: Predictor) -> None:
    golden = predictor.golden
    answer = service.predict({"rows": golden["rows"]}).json()
    assert answer["model_version"] == predictor.version
    classes = predictor.contract.classes
    assert [[row["probabilities"][label] for label in classes] for row in answer["predictions"]] == golden["answers"]


def test_the_example_in_the_description_can_be_sent_as_it_stands(service: Server) -> None:
    docs = service.get("/docs.json").json()
    row = docs["components"]["schemas"]["Row"]
    assert list(row["example"]) == list(row["properties"]) == ["plan", "region", "member", "age", "visits"]
    assert service.predict({"rows": [row["example"]]}, None).status_code == 200


def test_the_description_is_openapi_3_0(service: Server) -> None:
    docs = service.get("/docs.json").json()
    validate(docs, cls=OpenAPIV30SpecValidator)
    assert set(docs["paths"]) == {"/predict", "/model", "/livez", "/readyz", "/metrics"}
    assert docs["components"]["schemas"]["Row"]["properties"]["age"] == {
        "type": "number",
        "minimum": 0,
        "maximum": 120,
        "nullable": True,
    }


def test_the_model_tells_what_it_is(service: Server, model: Path, predictor: Predictor) -> None:
    assert service.get("/model").json() == {
        "version": predictor.version,
        "sha256": file_hash(model),
        "hashes": {"data": "d", "params": "p", "lock": "l"},
        "threshold": 0.5,
        "conformal": None,
        "contract": json.loads(json.dumps(predictor.contract.to_json())),
        "metrics": MODEL_METRICS,
    }


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"plan": "gold"}, ["rows", 0, "plan"]),
        ({"age": 121}, ["rows", 0, "age"]),
        ({"age": "40"}, ["rows", 0, "age"]),
        ({"member": 1}, ["rows", 0, "member"]),
        ({"visits": None}, ["rows", 0, "visits"]),
        ({"visits": 2.5}, ["rows", 0, "visits"]),
        ({"churned": "no"}, ["rows", 0, "churned"]),
    ],
)
def test_a_bad_value_is_refused_at_its_path(
    service: Server, row: dict[str, Any], change: dict[str, Any], path: list[Any]
) -> None:
    answer = service.predict({"rows": [row | change]})
    assert (answer.status_code, answer.json()["error"]) == (400, "1 error in the request")
    assert [item["loc"] for item in answer.json()["detail"]] == [path]


def test_a_refused_value_is_neither_answered_nor_logged(service: Server, row: dict[str, Any]) -> None:
    """BentoML's own way logs it: the end of the `service` fixture reads the whole log."""
    secret = "4929 1234 5678 9012"  # noqa: S105
    bodies = [{"rows": [dict.fromkeys(row, secret)]}, {"rows": [{**row, "age": [secret]}]}, {"rows": secret}, secret]
    for body in [*bodies, f'{{"rows": {secret}'.encode()]:
        answer = service.predict(body)
        assert answer.status_code == 400
        assert secret not in answer.text
    assert secret not in "\n".join(service.log())


def test_the_number_of_rows_has_a_limit(service: Server, row: dict[str, Any]) -> None:
    assert len(service.predict({"rows": [row] * 100}).json()["predictions"]) == 100
    for rows, told in ((101, "at most 100 items"), (0, "at least 1 item")):
        answer = service.predict({"rows": [row] * rows})
        assert answer.status_code == 400
        assert told in answer.json()["detail"][0]["msg"]


def test_a_request_that_is_too_long_is_refused(service: Server) -> None:
    answer = service.predict(b" " * 1_000_000)
    assert (answer.status_code, answer.json()) == (413, {"error": "the request must be at most 166400 bytes long"})


@pytest.mark.parametrize("kind", ["application/vnd.bentoml+pickle", "application/octet-stream", "text/plain", "json"])
def test_another_content_type_is_refused(service: Server, kind: str) -> None:
    answer = service.predict(b"\x80\x04.", kind)
    assert (answer.status_code, answer.json()) == (415, {"error": "the content type must be application/json"})


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON", None])
def test_json_may_be_named_in_many_ways(service: Server, row: dict[str, Any], kind: str | None) -> None:
    assert service.predict({"rows": [row]}, kind).status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [("/livez", 200), ("/readyz", 200), ("/", 200), ("/predict", 405), ("/nowhere", 404), ("/predict/", 404)],
)
def test_every_path_has_its_status(service: Server, path: str, status: int) -> None:
    assert service.get(path).status_code == status


@pytest.mark.parametrize(
    ("method", "path", "status", "error"),
    [
        ("GET", "/predict", 405, "the method must be POST"),
        ("DELETE", "/model", 405, "the method must be GET"),
        ("POST", "/", 405, "the method must be GET"),
        ("POST", "/nowhere", 404, "no such path; the documentation is at /"),
    ],
)
def test_a_wrong_path_or_method_is_told(service: Server, method: str, path: str, status: int, error: str) -> None:
    answer = httpx.request(method, service.url + path, timeout=30)
    assert (answer.status_code, answer.json()) == (status, {"error": error})
    assert answer.headers.get("allow") == (error.rpartition(" ")[2] if status == 405 else None)


def test_head_is_answered_as_get_without_a_body(service: Server) -> None:
    answer = httpx.head(service.url + "/model", timeout=30)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == service.get("/model").headers["content-length"]


def test_unknown_paths_are_counted_as_one(service: Server) -> None:
    """A name of its own for each would fill the memory: 24 kB a path."""
    for number in range(20):
        service.get(f"/scan-{number}")
    assert "scan" not in service.get("/metrics").text
    totals = metrics_of(service, "bentoml_service_request_total")
    assert sum(count for labels, count in totals.items() if 'endpoint="/other"' in labels) >= 20


def settle(service: Server) -> None:
    """Wait until both workers have counted what they answered, which they do every tenth of a second."""
    seen: list[float] = []

    def is_settled() -> bool:
        seen.append(metrics_of(service, "model_score_count")[""])
        return len(set(seen[-5:])) == 1 and len(seen) >= 5

    service.until(is_settled)


def test_what_both_workers_answer_is_counted(service: Server, predictor: Predictor) -> None:
    rows = predictor.golden["rows"]
    labels = [item["label"] for item in service.predict({"rows": rows}).json()["predictions"]]
    names = ("model_predictions_total", "model_score_count", "bentoml_service_request_total")
    settle(service)
    before = {name: metrics_of(service, name) for name in names}
    for _ in range(30):
        service.predict({"rows": rows})
    service.predict({"rows": []})
    settle(service)
    after = {name: metrics_of(service, name) for name in names}
    for label in ("no", "yes"):
        key = f'label="{label}"'
        assert after[names[0]][key] - before[names[0]][key] == 30 * labels.count(label)
    assert after[names[1]][""] - before[names[1]][""] == 30 * len(rows)
    for status, requests in ((200, 30), (400, 1)):
        (key,) = (k for k in after[names[2]] if f'endpoint="/predict",http_response_code="{status}"' in k)
        assert after[names[2]][key] - before[names[2]].get(key, 0) == requests
    assert list(metrics_of(service, "model_info")) == [f'version="{predictor.version}"']


def test_latency_is_counted_finely_enough_for_a_millisecond(service: Server, row: dict[str, Any]) -> None:
    service.predict({"rows": [row]})
    buckets = metrics_of(service, "bentoml_service_request_duration_seconds_bucket")
    bounds = {float(bound) for labels in buckets for bound in re.findall(r'le="([^"]+)"', labels)}
    assert sum(bound <= 0.01 for bound in bounds) >= 5


def test_scores_are_counted_every_twentieth(service: Server, row: dict[str, Any]) -> None:
    service.predict({"rows": [row]})
    settle(service)
    buckets = metrics_of(service, "model_score_bucket")
    assert len(buckets) == 20
    assert buckets['le="+Inf"'] == metrics_of(service, "model_score_count")[""]


def test_bentomls_own_client_gets_predictions(service: Server, row: dict[str, Any]) -> None:
    # In a process of its own: it leaves a folder behind.
    code = "import bentoml, sys; print(bentoml.SyncHTTPClient(sys.argv[1]).predict(rows=eval(sys.argv[2])))"
    command = [sys.executable, "-c", code, service.url, repr([row])]
    environment = os.environ | {"BENTOML_DO_NOT_TRACK": "True"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=PATIENCE)
    assert ast.literal_eval(done.stdout) == service.predict({"rows": [row]}).json()


def test_an_idle_connection_is_kept_longer_than_those_who_use_it_keep_theirs(service: Server) -> None:
    """With uvicorn's 5 seconds, a service that was busy for so long hung up on who had sent a request meanwhile."""
    with closing(HTTPConnection("127.0.0.1", service.port, timeout=PATIENCE)) as connection:
        for seconds in (6, 0):
            connection.request("GET", "/livez")
            assert connection.getresponse().read() == b"\n"
            assert connection.sock is not None
            time.sleep(seconds)


def test_requests_in_flight_are_answered_before_it_stops(model: Path, row: dict[str, Any]) -> None:
    body = json.dumps({"rows": [row]}).encode()
    with serving(model) as server:
        with half_sent(server, body) as connection:
            server.process.terminate()
            server.until(lambda: refuses(server))
            connection.send(body[10:])
            assert connection.getresponse().status == 200
        assert server.process.wait(PATIENCE) == 0


@contextmanager
def half_sent(server: Server, body: bytes) -> Iterator[HTTPConnection]:
    """A request of which the service has ten bytes and waits for more."""
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)) as connection:
        connection.putrequest("POST", "/predict")
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), "Expect": "100-continue"}
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        assert connection.sock.recv(len(CONTINUE)) == CONTINUE
        connection.send(body[:10])
        yield connection


def refuses(server: Server) -> bool:
    """Whether nobody else is let in."""
    try:
        socket.create_connection(("127.0.0.1", server.port)).close()
    except ConnectionRefusedError:
        return True
    return False


def test_bentoml_serve_answers_alike(model: Path, predictor: Predictor) -> None:
    """What BentoML's other ways to run a bento start."""
    program, port = str(Path(sys.executable).with_name("bentoml")), str(free_port())
    with serving(model, (program, "serve", "src.service:ModelService", "--port", port)) as server:
        answer = server.predict({"rows": predictor.golden["rows"]}).json()
    assert [list(row["probabilities"].values()) for row in answer["predictions"]] == predictor.golden["answers"]


def test_a_port_that_is_taken_is_told_in_one_line(model: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        environment = {**os.environ, "MODEL_FILE": str(model)}
        command = [sys.executable, "-m", "harness.serve.server", "--port", str(port)]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(
        f"error: 127.0.0.1:{port}: another program listens there; choose another port: PORT=…\n", done.stderr
    )


def test_a_worker_that_is_killed_is_replaced(model: Path, row: dict[str, Any]) -> None:
    with serving(model, WORKERS="2") as server:
        killed = server.workers()[0]
        killed.kill()
        server.until(lambda: replaced(killed, server))
        assert server.predict({"rows": [row]}).status_code == 200


def test_the_requests_of_a_worker_that_is_killed_are_in_progress_no_more(model: Path) -> None:
    with serving(model, WORKERS="2") as server, half_sent(server, b"{" * 100) as connection:
        assert in_progress(server) == 1
        ours = connection.sock.getsockname()
        (busy,) = (worker for worker in server.workers() if ours in [each.raddr for each in worker.net_connections()])
        busy.kill()
        server.until(lambda: in_progress(server) == 0)


def in_progress(server: Server) -> float:
    found = metrics_of(server, "bentoml_service_request_in_progress")
    return sum(count for labels, count in found.items() if 'endpoint="/predict"' in labels)


def test_a_worker_that_is_killed_while_it_is_asked_for_a_sign_of_life_is_replaced(model: Path) -> None:
    # For ever, so that a parent that waits for the dead one does not pass for a slow machine.
    code = "import harness.serve.server; harness.serve.server.HUNG = 10**6; harness.serve.server.main()"
    with serving(model, (sys.executable, "-c", code, "--port", "0"), WORKERS="2") as server:
        killed = server.workers()[0]
        killed.suspend()
        time.sleep(2)  # each is asked every half a second
        killed.kill()
        server.until(lambda: replaced(killed, server))


def replaced(killed: psutil.Process, server: Server) -> bool:
    pids = [worker.pid for worker in server.workers()]
    return killed.pid not in pids and len(pids) == 2


def test_a_worker_that_cannot_be_replaced_ends_it(model: Path, tmp_path: Path) -> None:
    path = copy_of(model, tmp_path)
    with serving(path, WORKERS="2") as server:
        server.until(lambda: len([line for line in server.log() if line.endswith(READY)]) == 2)
        truncated(path)
        server.workers()[0].kill()
        assert server.process.wait(PATIENCE) == 1
        assert f"error: {path}: not an ONNX model, or a truncated one" in server.log()


def copy_of(model: Path, folder: Path) -> Path:
    shutil.copytree(model.parent, folder / "copy")
    return folder / "copy/model.onnx"


def foreign(model: Path) -> str:
    file = onnx.load(model)
    del file.metadata_props[:]
    onnx.save(file, model)
    return rf"{model}: not a model file of this template \(format must be 1, got None\)"


def missing(model: Path) -> str:
    model.unlink()
    return f"{model}: no model file; run: make pipeline"


def truncated(model: Path) -> str:
    model.write_bytes(model.read_bytes()[:-100])
    return f"{model}: not an ONNX model, or a truncated one"


def damaged_graph(model: Path) -> str:
    """Its weights are others, its description is whole."""
    file = onnx.load(model)
    for node in file.graph.node:
        for attribute in node.attribute:
            if attribute.name == "coefficients":
                attribute.floats[:] = [value + 1 for value in attribute.floats]
    onnx.save(file, model)
    return f"{model}: a damaged model: its graph does not match its description"


def half_metrics(model: Path) -> str:
    path = model.with_name("metrics.json")
    path.write_bytes(path.read_bytes()[:5])
    return f"{path}: not strict JSON: .*"


@pytest.mark.parametrize("damage", [missing, truncated, foreign, damaged_graph, half_metrics])
def test_a_bad_file_ends_it_at_once_with_one_line(model: Path, tmp_path: Path, damage: Any) -> None:
    path = copy_of(model, tmp_path)
    told = damage(path)
    assert_ends(path, told)


@pytest.mark.parametrize(("name", "value"), [("MAX_ROWS", "0"), ("MAX_ROWS", "9" * 5000), ("WORKERS", "many")])
def test_a_bad_setting_ends_it_at_once_with_one_line(model: Path, name: str, value: str) -> None:
    assert_ends(model, f"{name} must be a whole number from 1 to 9999999, got '{value}'", **{name: value})


def assert_ends(model: Path, told: str, **environment: str) -> None:
    with started(model, **environment) as server:
        assert server.process.wait(PATIENCE) == 1
        (line,) = server.log()
        assert re.fullmatch(f"error: {told}", line)


def changed_answers(model: Path) -> str:
    file = onnx.load(model)
    entries = {entry.key: entry.value for entry in file.metadata_props}
    golden = json.loads(entries["golden"])
    golden["answers"][4] = golden["answers"][4][::-1]
    set_model_props(file, entries | {"golden": json.dumps(golden)})
    onnx.save(file, model)
    return r"golden row 5 must give \[.*\], got \[.*\]"


def test_a_model_that_answers_otherwise_is_never_ready(model: Path, tmp_path: Path) -> None:
    path = copy_of(model, tmp_path)
    told = changed_answers(path)
    with started(path) as server:
        server.until(lambda: any(line.endswith(READY) for line in server.log()))
        assert [server.get(path).status_code for path in ("/livez", "/readyz", "/model")] == [200, 503, 503]
        answer = server.predict({"rows": [{}]})
        assert (answer.status_code, answer.json()) == (503, {"error": "the model is not ready"})
        (line,) = (line for line in server.log() if not LOGGED.fullmatch(line))
        assert re.fullmatch(rf"\S+ \[ERROR\] \[entry_service:model\] not ready: {path}: {told}", line)


def test_make_serve_connects_to_nobody(model: Path, row: dict[str, Any]) -> None:
    """BentoML and onnxruntime report home unless they are told not to; every way out leads to a listener here."""
    with socket.create_server(("127.0.0.1", 0)) as outside:
        seen = []

        def listen() -> None:
            while True:
                try:
                    connection, _ = outside.accept()
                except OSError:
                    return
                seen.append(connection.recv(1000))
                connection.close()

        listener = threading.Thread(target=listen, daemon=True)
        listener.start()
        proxy = f"http://127.0.0.1:{outside.getsockname()[1]}"
        names = [f"{kind}_PROXY" for kind in ("HTTP", "HTTPS", "ALL")]
        proxies = {key: proxy for name in names for key in (name, name.lower())}
        # -o: this environment is as the lock wants it.
        command = ("sh", "-c", "exec make --no-print-directory -o .venv/synced serve PORT=0")
        untold = {"BENTOML_DO_NOT_TRACK": "", "ORT_DISABLE_TELEMETRY": "", "NO_PROXY": "127.0.0.1,localhost"}
        with serving(model, command, **untold, **proxies) as server:
            assert server.predict({"rows": [row]}).status_code == 200
            time.sleep(1)
        outside.shutdown(socket.SHUT_RDWR)
        listener.join(5)
    assert seen == []


def test_allowed_values_can_be_hidden(model: Path, row: dict[str, Any]) -> None:
    """A value of few rows may be a person: a table of patients had its doctors' names in every answer."""
    with serving(model, HIDE_VALUES="1") as server:
        refused = httpx.post(f"{server.url}/predict", json={"rows": [row | {"plan": "gold"}]})
        assert refused.json()["detail"] == [
            {"loc": ["rows", 0, "plan"], "msg": "Input should be one of the allowed values"}
        ]
        assert httpx.post(f"{server.url}/predict", json={"rows": [row]}).status_code == 200
        assert all("isin" not in feature for feature in httpx.get(f"{server.url}/model").json()["contract"]["features"])
        described = httpx.get(f"{server.url}/docs.json").json()
        assert "enum" not in described["components"]["schemas"]["Row"]["properties"]["plan"]
        assert "slices" not in (httpx.get(f"{server.url}/model").json()["metrics"] or {})
        for name, part in described["components"]["schemas"].items():
            shown = part.get("example", {}).get("plan")
            assert shown == {"Row": "text", "Columns": ["text"]}.get(name)
        schema = httpx.get(f"{server.url}/schema.json").text
        assert '"text"' in schema
        assert not any(f'"{plan}"' in schema for plan in ("basic", "plus", row["plan"]))
        assert not re.findall(r'<input [^>]*value="[^"]', httpx.get(f"{server.url}/try").text)
        assert "<option" not in httpx.get(f"{server.url}/try").text.partition('name="plan"')[2].partition("<label>")[0]
        assert httpx.get(f"{server.url}/model/card").status_code == 404
