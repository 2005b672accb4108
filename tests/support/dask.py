"""A Dask scheduler and its workers on loopback, each a process of its own, of a clone's environment."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.constants import PATIENCE

WAIT = "import sys; from distributed import Client; Client(sys.argv[1]).wait_for_workers(int(sys.argv[2]), timeout=120)"


@dataclass
class Cluster:
    """Its address, and its processes."""

    programs: Path
    folder: Path
    scheduler: "subprocess.Popen[bytes]"
    address: str
    workers: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    def add_workers(self, count: int) -> None:
        """Until there are so many; without a nanny, so that one that is killed stays away."""
        for _ in range(count - len(self.workers)):
            words = ("worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory")
            self.workers.append(start(self.programs, self.folder, *words, str(self.folder)))
        subprocess.run(
            [self.programs / "python", "-c", WAIT, self.address, str(count)], check=True, capture_output=True
        )

    def end(self) -> None:
        for process in [*self.workers, self.scheduler]:
            process.kill()  # a worker whose scheduler has gone would look for it for minutes
        for process in [*self.workers, self.scheduler]:
            process.wait(PATIENCE)


def start(programs: Path, folder: Path, *words: str) -> "subprocess.Popen[bytes]":
    with (folder / "dask.log").open("ab") as log:
        return subprocess.Popen([str(programs / "dask"), *words], stdout=log, stderr=log, cwd=folder)


@contextmanager
def cluster_of(programs: Path, folder: Path) -> Iterator[Cluster]:
    """A scheduler without workers."""
    folder.mkdir()
    file = folder / "scheduler.json"
    words = ("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
    scheduler = start(programs, folder, *words)
    end = time.monotonic() + PATIENCE
    while not file.exists() and time.monotonic() < end and scheduler.poll() is None:
        time.sleep(0.2)
    made = Cluster(programs, folder, scheduler, json.loads(file.read_text("utf-8"))["address"])
    try:
        yield made
    finally:
        made.end()
