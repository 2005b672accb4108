"""The service in a process of its own, and a model file for it that takes a moment to make."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.support.constants import PATIENCE, ROOT
from tests.support.warm import programs

SERVE = ("-m", "harness.serve.server", "--port", "0")
LISTENING = re.compile(r" on http://\S+:(\d+) \(")  # what it prints then, and what `bentoml serve` does


@dataclass
class Server:
    """A running service: what it answers, what it logs and what it takes."""

    process: subprocess.Popen[bytes]
    printed: Path

    @cached_property
    def port(self) -> int:
        """The one that it says it took: whoever looks for a free one first may find it taken afterwards."""
        self.until(lambda: bool(LISTENING.search(self.printed.read_text("utf-8"))))
        return int(LISTENING.findall(self.printed.read_text("utf-8"))[0])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path, timeout=PATIENCE)

    def predict(self, body: Any, kind: str | None = "application/json") -> httpx.Response:
        """The answer to a body: bytes as they are, all else as JSON. Each call is a connection of its own."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": kind} if kind else {}
        return httpx.post(self.url + "/predict", content=content, headers=headers, timeout=PATIENCE)

    def log(self) -> list[str]:
        return self.printed.read_text("utf-8").splitlines()

    def workers(self) -> list[psutil.Process]:
        """The processes that were started to answer; multiprocessing has one more, which answers nobody."""
        found = []
        for child in psutil.Process(self.process.pid).children():
            with suppress(psutil.NoSuchProcess):  # it may end while it is looked at
                if "multiprocessing.spawn" in " ".join(child.cmdline()):
                    found.append(child)
        return found

    def megabytes(self) -> float:
        """Memory of all of its processes."""
        first, taken = psutil.Process(self.process.pid), 0
        for process in [first, *first.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                taken += process.memory_info().rss
        return taken / 1e6

    def is_ready(self) -> bool:
        try:
            return self.get("/readyz").status_code == 200
        except httpx.HTTPError:
            return False

    def until(self, happened: Callable[[], bool]) -> None:
        """Wait for something to happen before the service ends."""
        deadline = time.monotonic() + PATIENCE
        while not happened():
            assert self.process.poll() is None, "\n".join(self.log())
            assert time.monotonic() < deadline, "\n".join(self.log())
            time.sleep(0.1)


@contextmanager
def running(folder: Path, command: Sequence[str], **environment: str) -> Iterator[Server]:
    """A service that was started in a folder and may still end by itself; only what it started is stopped."""
    with tempfile.TemporaryDirectory() as home:
        printed = Path(home) / "log"
        # Two services with one home take each other's metrics away.
        own = {"BENTOML_DO_NOT_TRACK": "True", "BENTOML_HOME": f"{home}/bentoml"}
        with printed.open("wb") as output:
            process = subprocess.Popen(
                command, cwd=folder, env={**os.environ, **own, **environment}, stdout=output, stderr=output,
                start_new_session=True,
            )  # fmt: skip
        try:
            yield Server(process, printed)
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)  # its session is its own
                process.wait()
                raise


@contextmanager
def started(model: Path, command: Sequence[str] = (), **environment: str) -> Iterator[Server]:
    """A service of a model file that may still end by itself; forked, but where its workers have to be its children."""
    python = sys.executable if "WORKERS" in environment else str(programs() / "python")
    files = {"MODEL_FILE": str(model), "METRICS_FILE": str(model.with_name("metrics.json"))}
    with running(ROOT, command or (python, *SERVE), **{**files, **environment}) as server:
        yield server


@contextmanager
def serving(model: Path, command: Sequence[str] = (), **environment: str) -> Iterator[Server]:
    """A service that is ready."""
    with started(model, command, **environment) as server:
        server.until(server.is_ready)
        yield server


def free_port() -> int:
    """For a program that cannot choose: for a minute the system gives this port to nobody who asks for any.

    Its side of a connection was closed first, so it has to wait for packets that are late; who asks for this very port
    gets it all the same.
    """
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        server.accept()[0].close()
        client.recv(1)
        return int(server.getsockname()[1])
