"""Command behind `make smoke`: run an image, locked down, and hold its answers against the evaluated model's."""

import http.client
import json
import time
from contextlib import closing
from typing import Any

from harness.core.errors import ProjectError
from harness.core.files import file_hash
from harness.core.paths import MODEL_PATH
from harness.image.container import is_running, port_of, running
from harness.image.engine import engine
from harness.image.golden_answers import GoldenAnswers
from harness.inference.predictor import Predictor

READY_WITHIN, STOPPED_WITHIN = 180, 90  # seconds, of which a busy machine may need some
JSON = {"Content-Type": "application/json"}
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def smoke(image: str) -> None:
    predictor = Predictor(MODEL_PATH)
    with running(image) as container:
        started = time.monotonic()
        port = _wait(container)
        print(f"{image}: ready after {time.monotonic() - started:.1f} s")
        check_model(port)
        print(f"golden rows: {check_golden(port, predictor)}")
        print(f"bad requests: {check_refusals(port, predictor.golden['rows'][0])} refused")
        check_stop(container, port, predictor.golden["rows"][:1])
        print("SIGTERM: the request in flight was answered")


def check_model(port: int) -> None:
    """Raises ProjectError if another model file answers."""
    status, answer = _request(port, "GET", "/model")
    if status != 200 or answer["sha256"] != file_hash(MODEL_PATH):
        raise ProjectError(f"/model: must be {MODEL_PATH} ({file_hash(MODEL_PATH)[:12]}), got {str(answer)[:100]}")


def check_golden(port: int, predictor: Predictor) -> str:
    """How near the answers over HTTP are to those at export. Raises ProjectError if a row is not answered alike."""
    golden = GoldenAnswers(predictor)
    status, answer = _predict(port, golden.rows)
    if status != 200:
        raise ProjectError(f"/predict: must answer the golden rows, got {status} {answer}")
    return golden.compare(answer)


def check_refusals(port: int, row: dict[str, Any]) -> int:
    """Number of kinds of bad requests. Raises ProjectError if one is not refused as it should be."""
    bad = [
        (400, json.dumps({"rows": []}), JSON),
        (400, json.dumps({"rows": [{**row, "no such column": 1}]}), JSON),
        (400, json.dumps({"rows": [{name: [] for name in row}]}), JSON),
        (400, "{", JSON),
        (415, "\x80\x04.", {"Content-Type": "application/vnd.bentoml+pickle"}),
    ]
    for wanted, body, headers in bad:
        status, answer = _request(port, "POST", "/predict", body, headers)
        if status != wanted or "error" not in answer:
            raise ProjectError(f"/predict: {body[:60]!r} must be refused with {wanted}, got {status} {answer}")
    return len(bad)


def check_stop(container: str, port: int, rows: list[dict[str, Any]]) -> None:
    """Stop the container while a request is on its way. Raises ProjectError if it is lost."""
    body = json.dumps({"rows": rows}).encode()
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=STOPPED_WITHIN)) as connection:
        connection.putrequest("POST", "/predict")
        for name, value in {**JSON, "Content-Length": str(len(body)), "Expect": "100-continue"}.items():
            connection.putheader(name, value)
        connection.endheaders()
        if connection.sock.recv(len(CONTINUE)) != CONTINUE:  # what has not arrived is not in flight
            raise ProjectError("/predict: must ask for the rest of a request (100 Continue)")
        connection.send(body[:10])
        engine("kill", "--signal=TERM", container)
        time.sleep(1)
        connection.send(body[10:])
        status = connection.getresponse().status
    if status != 200:
        raise ProjectError(f"SIGTERM: the request in flight must be answered, got {status}")
    deadline = time.monotonic() + STOPPED_WITHIN
    while is_running(container):
        if time.monotonic() > deadline:
            raise ProjectError(f"SIGTERM: the container must stop within {STOPPED_WITHIN} s")
        time.sleep(0.2)


def _wait(container: str) -> int:
    """Wait until the service is ready; its port. Raises ProjectError if it ends, or takes too long."""
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        if not is_running(container):
            raise ProjectError(f"the container ended: {engine('logs', container)[-500:] or 'no output'}")
        try:
            port = port_of(container)
            if port and _request(port, "GET", "/readyz")[0] == 200:
                return port
        except (OSError, http.client.HTTPException):
            pass
        except ProjectError:  # of a container that has just ended no port is known
            if is_running(container):
                raise
        time.sleep(0.1)
    raise ProjectError(f"/readyz: must answer within {READY_WITHIN} s: {engine('logs', container)[-500:]}")


def _predict(port: int, rows: list[dict[str, Any]]) -> tuple[int, Any]:
    return _request(port, "POST", "/predict", json.dumps({"rows": rows}), JSON)


def _request(
    port: int, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None
) -> tuple[int, Any]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request(method, path, body.encode() if body else None, headers or {})
        answer = connection.getresponse()
        content = answer.read()
    return answer.status, json.loads(content) if answer.headers.get_content_type() == "application/json" else None
