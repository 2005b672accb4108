"""The prediction log: what was asked and answered, for `make monitor`. It never delays, blocks or fails a request.

Off unless LOG_DIR is set. A bounded queue, and one thread that writes: what does not fit, or cannot be written, is
dropped and counted. A file is one process's hour; it has a temporary name until it is closed.
"""

import logging
import os
import queue
import random
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from prometheus_client import CollectorRegistry, Counter
from pydantic_core import to_json

from harness.inference.predictor import Scores
from harness.serve.log_settings import LogSettings
from harness.serve.request_id import request_id

MOST_WAITING = 50_000  # rows in the queue
HOUR = 3600
PAUSE = 5.0  # seconds after an error
ENDING, OPEN_ENDING = ".jsonl", ".jsonl.tmp"
LONGEST_CLOSE = 10.0  # seconds to write what waits when the service ends


class PredictionLog:
    """Takes rows and scores at once, and writes them when there is time."""

    def __init__(self, settings: LogSettings, version: str, registry: CollectorRegistry) -> None:
        self._settings, self._version = settings, version
        self._queue: queue.SimpleQueue[tuple[float, str, Sequence[Mapping[str, object]], Scores]] = queue.SimpleQueue()
        self._waiting = 0  # rows put
        self._written = 0  # rows taken
        self._dropped = Counter("model_log_dropped_rows", "Rows that the log could not take", registry=registry)
        self._logged = Counter("model_log_rows", "Rows written to the log", registry=registry)
        self._dropped.inc(0)
        self._file: BinaryIO | None = None
        self._path, self._hour, self._failed_at = Path(), -1, 0.0
        self._lock = threading.Lock()
        threading.Thread(target=self._run, daemon=True, name="prediction-log").start()

    def put(self, rows: Sequence[Mapping[str, object]], scores: Scores) -> None:
        """Keep an answered request to be written; its id is then that of the answer's header."""
        if self._settings.sample < 1 and random.random() >= self._settings.sample:  # noqa: S311  no secret
            return
        if self._waiting - self._written + len(rows) > MOST_WAITING:
            self._dropped.inc(len(rows))
            return
        self._waiting += len(rows)
        request = os.urandom(12).hex()
        request_id.set(request)
        self._queue.put((time.time(), request, rows, scores))

    def close(self) -> None:
        """Write what waits, and give the file its name."""
        deadline = time.monotonic() + LONGEST_CLOSE
        while self._written < self._waiting and time.monotonic() < deadline:  # one may be in the thread's hands
            with self._lock:
                while not self._queue.empty():
                    self._write(*self._queue.get())
            time.sleep(0.001)
        with self._lock:
            self._finish()

    def _run(self) -> None:
        self._take_over()
        while True:
            item = self._queue.get()
            with self._lock:
                self._write(*item)
                if self._queue.empty() and self._file:
                    with suppress(OSError):
                        self._file.flush()

    def _write(self, moment: float, request: str, rows: Sequence[Mapping[str, object]], scores: Scores) -> None:
        self._written += len(rows)
        if time.monotonic() - self._failed_at < PAUSE:
            self._dropped.inc(len(rows))
            return
        try:
            self._file_of(moment).write(self._lines(moment, request, rows, scores))
            self._logged.inc(len(rows))
        except (OSError, ValueError) as error:
            self._failed_at = time.monotonic()
            self._dropped.inc(len(rows))
            self._file = None
            logging.getLogger("bentoml").warning("the prediction log cannot be written: %s", error)

    def _lines(self, moment: float, request: str, rows: Sequence[Mapping[str, object]], scores: Scores) -> bytes:
        seconds, part = divmod(moment, 1)
        when = f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{int(part * 1e6):06}Z"
        kept = self._settings.columns
        head = {"time": when, "model": self._version, "request": request, "sample": self._settings.sample}
        lines = []
        for number, (row, score) in enumerate(zip(rows, scores.tolist(), strict=True)):
            columns = row if kept is None else {name: value for name, value in row.items() if name in kept}
            lines.append(to_json({**head, "row": number, "columns": columns, "scores": score}))
        return b"\n".join(lines) + b"\n"

    def _file_of(self, moment: float) -> BinaryIO:
        hour = int(moment // HOUR)
        if self._file is None or hour != self._hour:
            self._finish()
            folder = self._settings.folder
            folder.mkdir(parents=True, exist_ok=True)
            stamp = time.strftime("%Y%m%dT%H", time.gmtime(hour * HOUR))
            self._path = folder / f"{stamp}-{self._version}-{os.getpid()}-{os.urandom(3).hex()}{OPEN_ENDING}"
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            self._file, self._hour = os.fdopen(descriptor, "wb"), hour
            self._tidy()
        return self._file

    def _finish(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
                self._path.rename(self._path.with_name(self._path.name.removesuffix(".tmp")))
            self._file = None

    def _take_over(self) -> None:
        """Give the files of processes that were killed their name."""
        for path in self._settings.folder.glob(f"*{OPEN_ENDING}"):
            with suppress(OSError, ValueError):
                if time.time() - path.stat().st_mtime > 2 * HOUR:  # another container's may have our process's number
                    path.rename(path.with_name(path.name.removesuffix(".tmp")))

    def _tidy(self) -> None:
        """Delete the oldest files beyond the caps of size and age."""
        taken, oldest = 0, time.time() - self._settings.days * 24 * HOUR
        for path in sorted(self._settings.folder.glob(f"*{ENDING}"), reverse=True):
            with suppress(OSError):
                about = path.stat()
                taken += about.st_size
                if taken > self._settings.most_bytes or about.st_mtime < oldest:
                    path.unlink()
