"""One of two workers is killed under load: no wrong answer, no error but on its own requests, full speed after 5 s."""

import argparse
import http.client
import os
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

from bench.contenders import ours
from bench.load import bodies_file, write_bodies
from bench.measure import ROOT
from bench.servers import Server, post, processes, running

CLIENTS = 16
TURNS = 50  # requests on one connection, as proxies have it; on connections that last, nobody comes to a new worker
BACK = 5.0  # seconds after which it must be as fast as before
DYING = 0.1  # seconds that a killed process may still take connections
MARGIN = 0.8  # of the rate before: what counts as full speed on a machine that does other things too


@dataclass(frozen=True)
class Call:
    """A request: when it began and ended, and whether it was answered rightly (None: the connection broke)."""

    begun: float
    ended: float
    right: bool | None


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench kill", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20, help="seconds of load; the kill is half-way (20)")
    seconds = max(parser.parse_args().seconds, 4 * BACK)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        subprocess.run([sys.executable, "-m", "bench.models", "10000", name], cwd=ROOT, check=True)
        contender = ours(folder, workers=2)
        write_bodies(folder, contender)
        body = bodies_file(folder, contender, 1).read_bytes().splitlines()[0]
        with running(contender, body) as server:
            sleep(3)  # until the second worker is there too
            calls, killed = _load(server, body, seconds)
    sys.exit(_report(calls, killed))


def _load(server: Server, body: bytes, seconds: float) -> tuple[list[Call], float]:
    """All calls of the clients, and when the worker was killed."""
    expected = post(server.port, server.contender.path, body)[1]
    calls: list[Call] = []
    end = perf_counter() + seconds
    clients = [threading.Thread(target=_ask, args=(server, body, expected, end, calls)) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    sleep(seconds / 2)
    workers = [pid for pid in processes(server.process.pid) if _is_worker(pid)]
    if len(workers) != 2:
        sys.exit(f"error: 2 workers were expected, got {workers}")
    killed = perf_counter()
    os.kill(workers[0], signal.SIGKILL)
    for client in clients:
        client.join()
    return calls, killed


def _ask(server: Server, body: bytes, expected: bytes, end: float, calls: list[Call]) -> None:
    """One client: a request after the other, on a new connection from time to time and when it breaks."""
    connection, turn = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30), 0
    while (begun := perf_counter()) < end:
        try:
            connection.request("POST", server.contender.path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            right = (response.status, response.read()) == (200, expected)
            calls.append(Call(begun, perf_counter(), right))
            if (turn := turn + 1) % TURNS == 0:
                connection.close()
        except (OSError, http.client.HTTPException):
            calls.append(Call(begun, perf_counter(), None))
            connection.close()


def _is_worker(pid: int) -> bool:
    return b"multiprocessing.spawn" in Path(f"/proc/{pid}/cmdline").read_bytes()


def _report(calls: list[Call], killed: float) -> int:
    """The number of targets that are missed."""
    broken = [call for call in calls if call.right is None]
    wrong = sum(call.right is False for call in calls)
    strangers = [call for call in broken if call.begun > killed + DYING or call.ended < killed]
    start, end = min(call.begun for call in calls), max(call.ended for call in calls)
    before = _rates(calls, start + 1, killed)
    after = _rates(calls, killed + BACK, end)
    ratio = median(after) / median(before)
    lines = {
        f"wrong answers: {wrong} of {len(calls):,} (target 0)": not wrong,
        f"requests that broke: {len(broken)} of {CLIENTS} clients'": len(broken) <= CLIENTS,
        f"  of these not under way when the worker was killed: {len(strangers)} (target 0)": not strangers,
        f"requests/s from {BACK:g} s after the kill on ÷ before: {ratio:.2f} (target ≥ {MARGIN})": ratio >= MARGIN,
    }
    print(f"2 workers, {CLIENTS} clients, one worker killed after {killed - start:.0f} of {end - start:.0f} s")
    for line, met in lines.items():
        print(f"  {line}: {'met' if met else 'MISSED'}")
    print(f"  requests/s: {median(before):,.0f} before, {median(after):,.0f} after; in each second from the kill on:")
    print("   ", *(f"{rate:.0f}" for rate in _rates(calls, killed, end)))
    return sum(not met for met in lines.values())


def _rates(calls: list[Call], start: float, end: float) -> list[float]:
    """Answers in each whole second of a stretch of time."""
    counts = [0.0] * int(end - start)
    for call in calls:
        second = int(call.ended - start) if call.ended >= start else -1
        if call.right and 0 <= second < len(counts):
            counts[second] += 1
    return counts


if __name__ == "__main__":
    main()
