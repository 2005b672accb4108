"""Several processes that answer: started, replaced when one is gone or hangs, and ended with their parent."""

import multiprocessing
import os
import signal
import socket
import time

from uvicorn.config import STARTUP_FAILURE, Config
from uvicorn.supervisors import Multiprocess
from uvicorn.supervisors.multiprocess import Process

GRACE = 20  # seconds for requests in hand when it is stopped
HUNG = 60  # seconds: a worker that gives no sign of life for so long is replaced; a large request may take some


class Parent(Multiprocess):
    """Starts workers, and starts another for one that is gone or hangs; waits for none, so that it can be stopped."""

    def __init__(self, config: Config, sockets: list[socket.socket]) -> None:
        super().__init__(config, sockets)
        self._heard: dict[int | None, float] = {}  # when a worker last gave a sign of life
        self._asked: set[int | None] = set()

    def keep_subprocess_alive(self) -> None:
        for index, worker in enumerate(self.processes):
            worker.child_conn.close()  # uvicorn leaves the worker's end of the pipe open here: its end would go unseen
            if worker.process.is_alive() and self._gives_a_sign(worker):
                continue
            worker.kill()
            worker.join()
            if worker.exitcode == STARTUP_FAILURE:
                self.should_exit.set()
                return
            _forget(worker.pid)
            self.processes[index] = Process(self.config, self.sockets)
            self.processes[index].start()

    def _gives_a_sign(self, worker: Process) -> bool:
        now = time.monotonic()
        try:
            while worker.parent_conn.poll():
                worker.parent_conn.recv()
                self._heard[worker.pid] = now
                self._asked.discard(worker.pid)
            if worker.pid not in self._asked:
                worker.parent_conn.send(b"ping")
                self._asked.add(worker.pid)
        except (OSError, EOFError):
            return False
        return now - self._heard.setdefault(worker.pid, now) < HUNG

    def join_all(self) -> None:
        deadline = time.monotonic() + GRACE + 5
        for worker in self.processes:
            worker.process.join(max(deadline - time.monotonic(), 0))
            if worker.process.is_alive():
                worker.process.kill()
                worker.join()


def end_with_parent() -> None:
    """Wait until the parent is gone, and end this process: a worker that nobody stops would keep the port."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE + 5)
        os._exit(1)


def _forget(pid: int | None) -> None:
    """The requests that a dead worker had in hand would be in progress for ever."""
    from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415  it looks where to count when imported

    mark_process_dead(pid)  # type: ignore[no-untyped-call]
