"""Attacks on the real service over HTTP: how long /livez waits during each, what memory it takes, who is answered."""

import argparse
import gzip
import http.client
import json
import multiprocessing
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from socket import create_connection, socket

from bench.measure import ROOT
from harness.inference.model_file import ModelFile
from tests.support.serving import Server, serving

WAIT = 1.0  # s that /livez may take
MORE = 150.0  # MB
HELD = 8.0  # s that an attack which only waits is kept up
JSON = {"Content-Type": "application/json"}
Attack = Callable[[int, bytes], str]


@dataclass(frozen=True)
class Seen:
    """What happened during an attack: seconds, MB, and answers to a client that asks for a prediction."""

    longest: float
    memory: float
    answered: int
    asked: int
    told: str


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench hostile", description=__doc__)
    parser.add_argument("--only", choices=sorted(ATTACKS), help="one of the attacks")
    only = parser.parse_args().only
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))  # ours: the attacker needs as many as it opens
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        subprocess.run([sys.executable, "-m", "bench.models", "2000", name], cwd=ROOT, check=True)
        model = Path(name) / "boosting.onnx"
        body = json.dumps({"rows": ModelFile(model).golden["rows"][:1]}).encode()
        print(f"  {'':34}{'/livez, s':>10}{'memory, MB':>12}{'answered':>10}   the attacker sees")
        failed = False
        for title, attack in ATTACKS.items():
            if only in {None, title}:
                with serving(model) as server:
                    seen = _during(attack, server, body)
                failed |= seen.longest > WAIT or seen.memory > MORE or seen.answered < seen.asked
                print(f"  {title:34}{seen.longest:10.2f}{seen.memory:+12.0f}{f'{seen.answered}/{seen.asked}':>10}"
                      f"   {seen.told}", flush=True)  # fmt: skip
    print(f"  limits: {WAIT:g} s, +{MORE:g} MB, every client answered: {'MISSED' if failed else 'met'}")
    sys.exit(failed)


def _during(attack: Attack, server: Server, body: bytes) -> Seen:
    """Attack from a process of its own, so that what it does is not taken for the service's slowness."""
    before = server.megabytes()
    ours, theirs = multiprocessing.Pipe()
    attacker = multiprocessing.Process(target=_attack, args=(attack, server.port, body, theirs))
    attacker.start()
    longest, most, answered, asked = 0.0, 0.0, 0, 0
    while attacker.is_alive():
        start = time.monotonic()
        _ask(server.port, "GET", "/livez")
        longest = max(longest, time.monotonic() - start)
        asked += 1
        answered += _ask(server.port, "POST", "/predict", body)[0] == 200
        most = max(most, server.megabytes() - before)
        time.sleep(0.05)
    attacker.join()
    return Seen(longest, most, answered, asked, ours.recv() if ours.poll() else "(it failed)")


def _attack(attack: Attack, port: int, body: bytes, told: Connection) -> None:
    told.send(attack(port, body))


def _ask(port: int, method: str, path: str, body: bytes = b"", headers: dict[str, str] = JSON) -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection, suppress(OSError):
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    return 0, b""


@contextmanager
def _held(port: int, count: int, head: bytes) -> Iterator[list[socket]]:
    """Connections that have sent this, as far as it is taken."""
    with ExitStack() as stack:
        held = [stack.enter_context(closing(create_connection(("127.0.0.1", port), timeout=5))) for _ in range(count)]
        for connection in held:
            with suppress(OSError):
                connection.sendall(head)
        yield held


def _starts(connections: list[socket]) -> dict[bytes, int]:
    """How many of the connections got which answer."""
    found: dict[bytes, int] = {}
    for connection in connections:
        connection.settimeout(0.01)
        start = b"nothing"
        with suppress(OSError):
            start = connection.recv(100)[9:12] or b"closed"
        found[start] = found.get(start, 0) + 1
    return found


def unknown_keys(port: int, _body: bytes) -> str:
    hostile = b'{"rows":[{' + b",".join([b'"a":0'] * 2_500_000) + b"}]}"
    return str(_ask(port, "POST", "/predict", hostile)[0])


def header_without_end(port: int, _body: bytes) -> str:
    sent = 0
    with _held(port, 1, b"GET /livez HTTP/1.1\r\nHost: x\r\n") as (connection,), suppress(OSError):
        while sent < 100_000_000:
            connection.sendall(b"X-A: b\r\n" * 10_000)
            sent += 80_000
    return f"{sent / 1e6:.1f} MB were taken"


def unfinished_headers(port: int, _body: bytes) -> str:
    with _held(port, 1000, b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: ") as held:
        time.sleep(20)
        return str(_starts(held))


def held_bodies(port: int, _body: bytes) -> str:
    head = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 20000000\r\n\r\n"
    with _held(port, 30, head + b" " * 18_000_000) as held:
        time.sleep(HELD)
        return str(_starts(held))


def h2c(port: int, body: bytes) -> str:
    upgrade = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABkAAQCAAAAAAIAAAAA"}
    return str({_ask(port, "POST", "/predict", body, JSON | upgrade)[0] for _ in range(200)})


def packed(port: int, _body: bytes) -> str:
    hostile = gzip.compress(b" " * 100_000_000)
    return str({_ask(port, "POST", "/predict", hostile, JSON | {"Content-Encoding": "gzip"}) for _ in range(20)})


def two_types(port: int, body: bytes) -> str:
    head = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Type: application/json\r\n"
    with _held(port, 1, head + b"Content-Length: %d\r\n\r\n" % len(body) + body) as (connection,):
        return connection.recv(1000).rpartition(b"\r\n")[2].decode()


ATTACKS: dict[str, Attack] = {
    "15 MB of repeated unknown keys": unknown_keys,
    "headers without end": header_without_end,
    "1,000 unfinished headers": unfinished_headers,
    "thirty held bodies of 18 MB": held_bodies,
    "Upgrade: h2c": h2c,
    "a packed body": packed,
    "two Content-Type headers": two_types,
}

if __name__ == "__main__":
    main()
