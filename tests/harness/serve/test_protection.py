"""What one client can take from the others: headers, connections, bodies, errors; and who may ask at all."""

import json
import os
import re
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import httpx
import psutil
import pytest

from harness.core.errors import ProjectError
from harness.inference.predictor import Predictor
from harness.serve.budget import SMALL_BODY, BodyBudget
from harness.serve.parts import holds_too_much
from harness.serve.token import BearerToken
from harness.serve.workers import GRACE
from tests.support.constants import PATIENCE
from tests.support.serving import Server, serving, started

Row = dict[str, object]


@pytest.fixture(scope="module")
def service(model: Path) -> Iterator[Server]:
    with serving(model, MAX_CONNECTIONS="50") as server:
        yield server


@pytest.fixture(scope="module")
def row(model: Path) -> Row:
    return Predictor(model).golden["rows"][0]


def connect(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)


def memory(server: Server) -> int:
    """Bytes of the service and its workers."""
    first = psutil.Process(server.process.pid)
    return sum(process.memory_info().rss for process in (first, *first.children(recursive=True)))


def received(connection: socket.socket) -> bytes:
    """What comes before the service hangs up."""
    found = b""
    try:
        while part := connection.recv(65_536):
            found += part
    except ConnectionResetError:
        pass
    return found


@pytest.mark.parametrize("block", [b"a" * 1000, b"X-A: b\r\n" * 100])
def test_headers_without_end_are_not_read(service: Server, block: bytes) -> None:
    sent = 0
    with closing(connect(service)) as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Long: ")
        try:
            while sent < 20_000_000:
                connection.sendall(block)
                sent += len(block)
        except OSError:
            pass
    assert sent < 20_000_000


def test_a_header_that_is_too_long_is_refused_by_its_name(service: Server) -> None:
    with closing(connect(service)) as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nX-Long: " + b"a" * 66_000 + b"\r\n\r\n")
        assert received(connection).startswith(b"HTTP/1.1 431 ")


def test_a_header_of_half_the_limit_is_fine(service: Server) -> None:
    assert httpx.get(f"{service.url}/livez", headers={"X-Long": "a" * 32_000}, timeout=PATIENCE).status_code == 200


def test_a_header_that_does_not_end_is_hung_up_on_while_others_are_served(service: Server) -> None:
    with closing(connect(service)) as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nX-Slow: ")
        start = time.monotonic()
        assert service.get("/livez").status_code == 200
        assert received(connection) == b""
        assert time.monotonic() - start > 13


def test_connections_that_wait_give_way_to_new_ones(service: Server) -> None:
    with ExitStack() as stack:
        held = [stack.enter_context(closing(connect(service))) for _ in range(60)]
        for connection in held:
            connection.sendall(b"GET /livez HTTP/1.1\r\nX-Slow: ")
        assert service.get("/readyz").status_code == 200
        assert received(held[0]).startswith(b"HTTP/1.1 503 ")


def test_requests_whose_answers_nobody_reads_cost_no_memory(service: Server) -> None:
    """uvicorn alone queues them all: 735 MB after 14 MB of them."""
    sent, before = 0, memory(service)
    with closing(connect(service)) as connection:
        try:
            while sent < 7_000_000:
                connection.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n" * 1000)
                sent += 35_000
        except OSError:
            pass
        assert memory(service) - before < 30_000_000
    assert sent < 7_000_000


def test_some_requests_may_be_sent_at_once(service: Server) -> None:
    with closing(connect(service)) as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert received(connection).count(b"HTTP/1.1 200 ") == 21


@pytest.mark.parametrize("protocol", ["h2c", "websocket"])
def test_a_request_to_change_the_protocol_keeps_its_body(service: Server, row: Row, protocol: str) -> None:
    """Every JDK client sends one."""
    headers = {
        "Connection": "Upgrade, HTTP2-Settings",
        "Upgrade": protocol,
        "HTTP2-Settings": "AAMAAABkAAQCAAAAAAIAAAAA",
    }
    with httpx.Client(base_url=service.url, timeout=PATIENCE) as client:
        for _ in range(2):
            assert client.post("/predict", json={"rows": [row]}, headers=headers).status_code == 200


def test_an_explosion_of_errors_is_refused_before_it_is_built(service: Server) -> None:
    bodies = [
        '{"rows":[{' + ",".join(['"a":0'] * 1_000_000) + "}]}",
        '{"rows":[' + ",".join(["0"] * 3_000_000) + "]}",
    ]
    for body in bodies:
        answer = service.predict(body.encode())
        assert answer.status_code == 400
        assert "more values than its rows have columns" in answer.text
    assert service.predict(('{"rows":[' + ",".join(["{}"] * 10_000) + "]}").encode()).status_code == 400


def test_commas_in_texts_are_no_values() -> None:
    text = json.dumps({"rows": [{"a": "x,y," * 1000 + '\\"', "b": "{,"}] * 3}).encode()
    assert not holds_too_much(text, 2, 3)
    assert holds_too_much(b'{"rows":[{"a":1,"a":1,"a":1,"a":1}]}', 1, 3)
    assert not holds_too_much(b'"' + b'\\"' * 2_000_000, 1, 1)  # a text without an end, in linear time


def test_bodies_that_are_held_have_one_limit_over_all_and_small_ones_pass() -> None:
    budget = BodyBudget(100)
    assert [budget.take(60), budget.take(60)] == [True, False]
    budget.give(60)
    assert budget.take(100)


def test_held_bodies_are_refused_beyond_the_limit(service: Server, row: Row) -> None:
    head = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 15000000\r\n\r\n"
    before = service.megabytes()
    with ExitStack() as stack:
        held = [stack.enter_context(closing(connect(service))) for _ in range(12)]
        for connection in held:
            connection.sendall(head + b" " * 10_000_000)
        last = held[-1].recv(1000)
        assert last.startswith(b"HTTP/1.1 503 ")
        assert service.megabytes() - before < 150
        assert service.predict({"rows": [row]}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status", "told"),
    [
        ([("Content-Encoding", "gzip")], 415, "Content-Encoding must be identity: send the body unpacked"),
        ([("Content-Type", "text/plain"), ("Content-Type", "application/json")], 400,
         "Content-Type must be given once, got 2"),
    ],
)  # fmt: skip
def test_headers_that_say_two_things_or_another_are_refused(
    service: Server, row: Row, headers: list[tuple[str, str]], status: int, told: str
) -> None:
    answer = httpx.post(
        f"{service.url}/predict", content=json.dumps({"rows": [row]}), headers=headers, timeout=PATIENCE
    )
    assert (answer.status_code, answer.json()) == (status, {"error": told})


def test_the_page_allows_its_own_scripts_and_no_others(service: Server) -> None:
    headers = service.get("/").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text("first\n")
    path.chmod(0o600)
    return path


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_token_is_asked_for_and_read_again_when_it_changes(model: Path, row: Row, secret: Path) -> None:
    with (
        serving(model, TOKEN_FILE=str(secret)) as server,
        httpx.Client(base_url=server.url, timeout=PATIENCE) as client,
    ):

        def asked(path: str, **headers: str) -> int:
            return client.get(path, headers=headers).status_code

        assert [asked(path) for path in ("/livez", "/readyz", "/metrics", "/model", "/")] == [200, 200, 401, 401, 401]
        assert client.post("/predict", json={"rows": [row]}).headers["www-authenticate"] == "Bearer"
        assert client.post("/predict", json={"rows": [row]}, headers=bearer("first")).status_code == 200
        assert asked("/model", Authorization="bearer  first") == 200  # RFC 9110: the scheme has no case
        secret.write_text("second")
        assert [asked("/model", **bearer(token)) for token in ("first", "second")] == [401, 200]
        secret.unlink()
        assert asked("/model", **bearer("second")) == 200


def test_metrics_may_be_open(secret: Path) -> None:
    assert BearerToken(secret, metrics_are_open=True).allows("/metrics", [])
    assert not BearerToken(secret, metrics_are_open=False).allows("/metrics", [])


def test_a_token_file_that_protects_nothing_is_refused(secret: Path) -> None:
    with pytest.raises(ProjectError, match=r"^TOKEN_FILE=.*/none: no such file$"):
        BearerToken(secret.with_name("none"), False)
    with pytest.raises(ProjectError, match=r"^TOKEN_FILE=.*: is a folder$"):
        BearerToken(secret.parent, False)
    secret.chmod(0o644)
    with pytest.raises(ProjectError, match=r"must not be readable by everybody; run: chmod o-r "):
        BearerToken(secret, False)
    secret.chmod(0o600)
    secret.write_text(" \n")
    with pytest.raises(ProjectError, match=r"empty; it must hold the token$"):
        BearerToken(secret, False)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("TOKEN_FILE", "/nowhere", "TOKEN_FILE=/nowhere: no such file"),
        ("MAX_CONNECTIONS", "0", "MAX_CONNECTIONS must be a whole number from 1 to 9999999, got '0'"),
        ("MAX_ROWS", "0", "MAX_ROWS must be a whole number from 1 to 9999999, got '0'"),
        ("LOG_DAYS", "0", "LOG_DAYS must be a whole number from 1 to 9999999, got '0'"),
        ("METRICS_OPEN", "yes", "METRICS_OPEN must be a whole number from 0 to 1, got 'yes'"),
    ],
)
def test_a_setting_that_protects_nothing_ends_it_at_once(model: Path, name: str, value: str, told: str) -> None:
    with started(model, **{"LOG_DIR": "/nowhere", name: value}) as server:
        assert server.process.wait(PATIENCE) == 1
        assert server.log() == [f"error: {told}"]


@pytest.mark.parametrize(
    ("text", "mode", "told"),
    [("first", 0o604, "must not be readable by everybody"), (" \n", 0o600, "empty; it must hold the token")],
)
def test_a_token_file_that_protects_nothing_ends_it_at_once(
    model: Path, secret: Path, text: str, mode: int, told: str
) -> None:
    secret.write_text(text)
    secret.chmod(mode)
    with started(model, TOKEN_FILE=str(secret)) as server:
        assert server.process.wait(PATIENCE) == 1
        (line,) = server.log()
        assert line.startswith(f"error: TOKEN_FILE={secret}: {told}")


def test_a_worker_that_hangs_does_not_keep_it_from_being_stopped(model: Path) -> None:
    assert GRACE + 5 < 40  # seconds until it is killed; here a tenth of it
    code = "import harness.serve.workers as workers; workers.GRACE = 2; from harness.serve.server import main; main()"
    with serving(model, (sys.executable, "-c", code, "--port", "0"), WORKERS="2") as server:
        hung = server.workers()[0]
        hung.suspend()
        time.sleep(2)
        start = time.monotonic()
        server.process.terminate()
        assert server.process.wait(PATIENCE) == 0
        assert time.monotonic() - start < 30
        assert not psutil.pid_exists(hung.pid)


def test_workers_end_with_a_parent_that_is_killed(model: Path) -> None:
    with serving(model, WORKERS="2") as server:
        workers = server.workers()
        os.kill(server.process.pid, signal.SIGKILL)
        _, alive = psutil.wait_procs(workers, timeout=40)
        assert alive == []


def test_metrics_are_never_an_error_while_a_worker_starts(model: Path) -> None:
    with started(model, WORKERS="3") as server:
        seen = set[int]()
        while not {200} <= seen or len(re.findall("initialized", "\n".join(server.log()))) < 3:
            try:
                seen.add(server.get("/metrics").status_code)
            except httpx.HTTPError:
                time.sleep(0.05)
    assert seen <= {200, 503}


def test_a_small_body_counts_for_nothing() -> None:
    assert SMALL_BODY < 65_536
