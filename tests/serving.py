"""The service in a process of its own, and a model file for it that takes a moment to make."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.conftest import ROOT

SERVE = (sys.executable, "-m", "src.serve", "--port")
READY_WITHIN = 60


@dataclass
class Server:
    """A running service: what it answers, what it logs and what it takes."""

    process: subprocess.Popen[bytes]
    port: int
    printed: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path, timeout=30)

    def predict(self, body: Any, kind: str | None = "application/json") -> httpx.Response:
        """The answer to a body: bytes as they are, all else as JSON. Each call is a connection of its own."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": kind} if kind else {}
        return httpx.post(self.url + "/predict", content=content, headers=headers, timeout=30)

    def log(self) -> list[str]:
        return self.printed.read_text("utf-8").splitlines()

    def workers(self) -> list[psutil.Process]:
        """The processes that were started to answer; multiprocessing has one more, which answers nobody."""
        children = [p for p in psutil.Process(self.process.pid).children() if p.status() != psutil.STATUS_ZOMBIE]
        return [child for child in children if "multiprocessing.spawn" in " ".join(child.cmdline())]

    def megabytes(self) -> float:
        """Memory of all of its processes."""
        first = psutil.Process(self.process.pid)
        return float(sum(process.memory_info().rss for process in [first, *first.children(recursive=True)])) / 1e6

    def is_ready(self) -> bool:
        try:
            return self.get("/readyz").status_code == 200
        except httpx.HTTPError:
            return False

    def wait(self) -> None:
        deadline = time.monotonic() + READY_WITHIN
        while not self.is_ready():
            assert self.process.poll() is None, "\n".join(self.log())
            assert time.monotonic() < deadline, "\n".join(self.log())
            time.sleep(0.1)


@contextmanager
def started(model: Path, command: Sequence[str] = SERVE, **environment: str) -> Iterator[Server]:
    """A service that was started and may still end by itself; only what it started is stopped."""
    with socket.socket() as free, tempfile.TemporaryDirectory() as folder:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        home, printed = Path(folder), Path(folder) / "log"
        environment = {
            **os.environ,
            "BENTOML_DO_NOT_TRACK": "True",
            "BENTOML_HOME": str(home / "bentoml"),  # two services with one home take each other's metrics away
            "MODEL_FILE": str(model),
            "METRICS_FILE": str(model.with_name("metrics.json")),
            **environment,
        }
        with printed.open("wb") as output:
            process = subprocess.Popen(
                [*command, str(port)], cwd=ROOT, env=environment, stdout=output, stderr=output, start_new_session=True
            )
        try:
            yield Server(process, port, printed)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)  # its session is its own
                raise


@contextmanager
def serving(model: Path, command: Sequence[str] = SERVE, **environment: str) -> Iterator[Server]:
    """A service that is ready."""
    with started(model, command, **environment) as server:
        server.wait()
        yield server
