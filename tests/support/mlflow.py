"""A real MLflow server on loopback, of the environment that `make track` built, and what it answers."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.support.constants import PATIENCE

API = "/api/2.0/mlflow"
QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}


@dataclass
class TrackingServer:
    """What a client needs of it."""

    url: str

    def ask(self, path: str, **body: object) -> Any:
        answer = httpx.post(f"{self.url}{API}/{path}", json=body, timeout=PATIENCE)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def get(self, what: str, **query: str) -> Any:
        answer = httpx.get(f"{self.url}{API}/{what}", params=query, timeout=PATIENCE)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def runs(self) -> list[Any]:
        experiments = self.ask("experiments/search", max_results=100)["experiments"]
        ids = [one["experiment_id"] for one in experiments]
        return list(self.ask("runs/search", experiment_ids=ids).get("runs", []))


@contextmanager
def tracking_server(programs: Path, folder: Path) -> Iterator[TrackingServer]:
    """Its database and files are in the folder; ended with all that it started."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder.mkdir()
    command = [
        str(programs / "mlflow"), "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
        "--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", str(folder / "files"),
    ]  # fmt: skip
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, env={**os.environ, **QUIET}, cwd=folder, start_new_session=True
        )
    try:
        url = f"http://127.0.0.1:{port}"
        until_healthy(url, process, folder / "server.log")
        yield TrackingServer(url)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(PATIENCE)


def until_healthy(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            if httpx.get(f"{url}/health", timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.5)
    raise AssertionError(log.read_text("utf-8"))
