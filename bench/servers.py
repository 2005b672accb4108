"""A contender started, asked, measured and ended with all of its processes."""

import contextlib
import http.client
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from bench.contenders import ENVIRONMENT, Contender
from tests.support.serving import free_port

START = 60.0  # seconds at most


@dataclass(frozen=True)
class Server:
    """A running contender."""

    contender: Contender
    port: int
    process: subprocess.Popen[bytes]
    start: float  # seconds to its first answer

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.contender.path}"


@contextmanager
def running(contender: Contender, body: bytes) -> Iterator[Server]:
    """Start a server, wait for its first answer to a body, and end all of its processes afterwards."""
    port = free_port()
    command = [part.format(port=port) for part in contender.command]
    with tempfile.TemporaryFile() as log:
        start = perf_counter()
        process = subprocess.Popen(command, cwd=contender.folder, env=os.environ | ENVIRONMENT | contender.environment,
                                   stdout=log, stderr=log)  # fmt: skip
        try:
            while not _answers(port, contender.path, body):
                if process.poll() is not None or perf_counter() - start > START:
                    log.seek(0)
                    sys.exit(f"error: {contender.name} does not start:\n{log.read().decode()[-3000:]}")
                time.sleep(0.01)
            yield Server(contender, port, process, perf_counter() - start)
        finally:
            _stop(process)


def processes(pid: int) -> list[int]:
    """A process and all that it started; BentoML's workers leave its session, so parents are what tells."""
    listed = subprocess.run(["ps", "-e", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    children = defaultdict(list)
    for line in listed.splitlines():
        child, parent = map(int, line.split())
        children[parent].append(child)
    found = [pid]
    for member in found:  # grows
        found += children[member]
    return found


def memory(server: Server) -> tuple[float, float]:
    """MB of a server's processes: RSS, and PSS, which counts what they share once."""
    texts = [Path(f"/proc/{pid}/smaps_rollup").read_text("utf-8") for pid in processes(server.process.pid)]
    rss, pss = (
        sum(int(re.findall(rf"^{kind}:\s+(\d+)", text, re.MULTILINE)[0]) for text in texts) for kind in ("Rss", "Pss")
    )
    return rss * 1024 / 1e6, pss * 1024 / 1e6


def busy(server: Server) -> float:
    """Seconds of the processor that a server has taken: what a busy machine does not change."""
    fields = [
        Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split() for pid in processes(server.process.pid)
    ]
    return sum(int(stat[11]) + int(stat[12]) for stat in fields) / os.sysconf("SC_CLK_TCK")


def _size(kind: str, text: str) -> float:
    (kilobytes,) = re.findall(rf"^{kind}:\s+(\d+)", text, re.MULTILINE)
    return int(kilobytes) * 1024 / 1e6


def post(port: int, path: str, body: bytes) -> tuple[int, bytes]:
    """Status and answer of one request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START)
    try:
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask first, so that the workers go too; what is left after some seconds is killed."""
    members = processes(process.pid)
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(5)
    for pid in members:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


def _answers(port: int, path: str, body: bytes) -> bool:
    try:
        return post(port, path, body)[0] == 200
    except OSError:
        return False
