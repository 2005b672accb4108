"""Requests for `bench serve`: the bodies, wrk as the client, and the time of a large request."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import pyarrow.parquet as pq

from bench.contenders import APPS, Contender
from bench.generate import CONTRACT
from bench.servers import Server, busy, post
from harness.core.contract import as_text

KINDS = {1: 64, 32: 16, 10_000: 1}  # rows of a request: how many different ones


@dataclass(frozen=True)
class Load:
    """What wrk saw: requests a second, latencies in ms, failed requests; and ms of the processor that one took."""

    rate: float
    p50: float
    p99: float
    failed: int
    busy: float


def write_bodies(folder: Path, contender: Contender) -> None:
    """A file of request bodies, one a line, for each number of rows."""
    table = pq.read_table(folder / "all.parquet", columns=[feature.name for feature in CONTRACT.features]).to_pylist()
    rows = table if contender.takes_table_rows else [_encoded(row) for row in table]
    for size, count in KINDS.items():
        bodies = (json.dumps({contender.key: rows[start : start + size]}) for start in range(0, count * size, size))
        bodies_file(folder, contender, size).write_text("\n".join(bodies), "utf-8")


def bodies_file(folder: Path, contender: Contender, size: int) -> Path:
    return folder / f"{contender.key}-{contender.takes_table_rows}-{size}.txt"


def run_wrk(server: Server, bodies: Path, clients: int, seconds: int) -> Load:
    """Keep so many connections busy."""
    command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout=30s", f"--script={APPS / 'requests.lua'}"]
    command += [server.url, "--", str(bodies)]
    before = busy(server)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"error: wrk: {done.stderr or done.stdout}")
    seen = json.loads(done.stdout.splitlines()[-1])
    return Load(**seen, busy=(busy(server) - before) * 1e3 / (seen["rate"] * seconds))


def large_request(server: Server, bodies: Path) -> float:
    """ms of one request with the most rows."""
    body = bodies.read_bytes()
    start = perf_counter()
    status, answer = post(server.port, server.contender.path, body)
    if status != 200:
        sys.exit(f"error: {server.contender.name} answers {status}: {answer[:200]!r}")
    return (perf_counter() - start) * 1e3


def chances(server: Server, body: bytes) -> list[float]:
    """The probability of the second class in the answer to a request, whatever the answer's form."""
    answer = json.loads(post(server.port, server.contender.path, body)[1])
    if isinstance(answer, dict):
        answer = answer["predictions"]
    return [row["probabilities"]["1"] if isinstance(row, dict) else row[1] for row in answer]


def _encoded(row: dict[str, object]) -> dict[str, object]:
    """A row as the pipeline takes it: numbers, then texts. The others need not do it themselves."""
    given = {name: row[name] for name in CONTRACT.names("numeric")}
    numbers = {name: None if value is None else float(value) for name, value in given.items()}  # type: ignore[arg-type]
    return numbers | {name: as_text(row[name]) for name in CONTRACT.names("categorical")}
