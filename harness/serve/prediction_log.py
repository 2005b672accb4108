"""The prediction log: what was asked and answered, for `make monitor`. It never delays, blocks or fails a request.

Off unless LOG_DIR is set. A bounded queue, and one thread that writes: what does not fit, or cannot be written, is
dropped and counted. A file is one process's hour, and at most a share of LOG_MAX_MB, so that a flood deletes no other
hour's; it has a temporary name until it is closed, and holds whole lines.
"""

import logging
import os
import random
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from errno import ENOSPC
from io import FileIO
from itertools import groupby
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter

from harness.inference.predictor import Scores
from harness.serve.log_form import Asked, LogForm
from harness.serve.log_settings import LogSettings
from harness.serve.request_id import request_id, row_ids

MOST_WAITING = 50_000  # rows in the queue
HOUR = 3600
WRITE_EACH = 0.1  # seconds: what comes in them is written together, at a fraction of the time
REST = 0.0005  # seconds between two pieces, in which requests are answered
PAUSE = 5.0  # seconds after an error
ENDING, OPEN_ENDING = ".jsonl", ".jsonl.tmp"
FILE_SHARE = 0.1  # of the folder's cap: what an hour has beyond it is dropped
LONGEST_CLOSE = 10.0  # seconds to write what waits when the service ends


class PredictionLog:
    """Takes rows and scores at once, and writes them when there is time."""

    def __init__(self, settings: LogSettings, form: LogForm, registry: CollectorRegistry) -> None:
        self._settings, self._form = settings, form
        self._queue: deque[Asked] = deque()
        self._waiting = 0  # rows put
        self._written = 0  # rows taken
        self._dropped = Counter("model_log_dropped_rows", "Rows that the log could not take", registry=registry)
        self._logged = Counter("model_log_rows", "Rows written to the log", registry=registry)
        self._dropped.inc(0)
        self._file: FileIO | None = None
        self._path, self._hour, self._failed_at = Path(), -1, -PAUSE
        self._lock, self._closing = threading.Lock(), threading.Event()
        threading.Thread(target=self._run, daemon=True, name="prediction-log").start()

    def put(self, rows: Sequence[Mapping[str, object]], scores: Scores) -> None:
        """Keep an answered request to be written; its id is then that of the answer's header."""
        if self._settings.sample < 1 and random.random() >= self._settings.sample:  # noqa: S311  no secret
            return
        if self._waiting - self._written + len(scores) > MOST_WAITING:
            self._dropped.inc(len(scores))
            return
        self._waiting += len(scores)
        request = os.urandom(12).hex()
        request_id.set(request)
        self._queue.append(Asked(time.time(), request, rows, scores, row_ids.get()))

    def close(self) -> None:
        """Write what waits, and give the file its name."""
        self._closing.set()
        if self._lock.acquire(timeout=LONGEST_CLOSE):  # the disk may hold the other thread up
            try:
                self._write_waiting(time.monotonic() + LONGEST_CLOSE)
                self._finish()
            finally:
                self._lock.release()

    def _run(self) -> None:
        self._tidy()
        while not self._closing.wait(WRITE_EACH):
            with self._lock:
                if self._queue:
                    self._write_waiting()
                elif self._file and time.time() // HOUR != self._hour:  # nobody has asked since
                    self._finish()

    def _write_waiting(self, deadline: float | None = None) -> None:
        """Write what has come, hour by hour; while requests come it rests after each piece."""
        asked = [self._queue.popleft() for _ in range(len(self._queue))]
        for hour, group in groupby(asked, lambda one: int(one.moment // HOUR)):
            for rows, lines in self._form.pieces(list(group)):
                late = deadline is not None and time.monotonic() > deadline
                self._write(hour, rows, b"" if late else lines)
                if deadline is None:
                    time.sleep(REST)

    def _write(self, hour: int, rows: int, lines: bytes) -> None:
        self._written += rows
        if not lines or time.monotonic() - self._failed_at < PAUSE:
            self._dropped.inc(rows)
            return
        try:
            file = self._file_of(hour)
            if file.tell() + len(lines) > self._settings.most_bytes * FILE_SHARE:
                self._dropped.inc(rows)
            else:
                _append(file, lines)
                self._logged.inc(rows)
        except (OSError, ValueError) as error:
            self._failed_at = time.monotonic()
            self._dropped.inc(rows)
            logging.getLogger("bentoml").warning("the prediction log cannot be written: %s", error)
            self._finish()

    def _file_of(self, hour: int) -> FileIO:
        if self._file is None or hour != self._hour:
            self._finish()
            folder = self._settings.folder
            folder.mkdir(parents=True, exist_ok=True)
            stamp = time.strftime("%Y%m%dT%H", time.gmtime(hour * HOUR))
            self._path = folder / f"{stamp}-{self._form.version}-{os.getpid()}-{os.urandom(3).hex()}{OPEN_ENDING}"
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            self._file, self._hour = os.fdopen(descriptor, "wb", buffering=0), hour
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
        """Delete the oldest files beyond the caps of size and age; open files count, but are left."""
        self._take_over()
        taken = self._settings.most_bytes * FILE_SHARE  # what the file that is opened may take
        oldest = time.time() - self._settings.days * 24 * HOUR
        for path in sorted(self._settings.folder.glob(f"*{ENDING}*"), reverse=True):
            with suppress(OSError):
                about = path.stat()
                taken += about.st_size
                closed = path.suffix != ".tmp"
                if closed and (taken > self._settings.most_bytes or about.st_mtime < oldest):
                    path.unlink()


def _append(file: FileIO, lines: bytes) -> None:
    """Write all of it or nothing. Raises OSError if the disk is full."""
    before = file.tell()
    if file.write(lines) != len(lines):
        file.truncate(before)
        raise OSError(ENOSPC, os.strerror(ENOSPC))
