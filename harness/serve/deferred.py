"""What is counted later: all that came in a tenth of a second together, which costs a tenth of counting one by one."""

import atexit
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")
EACH = 0.1  # seconds
ROWS_WAITING = 10_000  # that wait: what a burst of large requests holds has to be small
_all: list["Deferred[object]"] = []


class Deferred(Generic[Item]):
    """Items that wait, and the function that takes those of a tenth of a second at once."""

    def __init__(self, take: Callable[[list[Item]], None]) -> None:
        self._take = take
        self._waiting: deque[Item] = deque()
        self._rows = 0
        self._lock = threading.Lock()
        _all.append(self)  # type: ignore[arg-type]
        _start()

    def put(self, item: Item, rows: int = 1) -> None:
        """Let an item wait, which stands for so many rows."""
        self._waiting.append(item)
        self._rows += rows
        if self._rows > ROWS_WAITING:
            self.flush()

    def flush(self) -> None:
        """Take what waits, now."""
        with self._lock:
            self._rows = 0
            items = [self._waiting.popleft() for _ in range(len(self._waiting))]
            try:
                if items:
                    self._take(items)
            except Exception as error:  # what cannot be counted must not fail a request
                logging.getLogger("bentoml").error("not counted: %s", type(error).__name__)


def flush_all() -> None:
    """Count what waits, before somebody looks at the counts."""
    for deferred in _all:
        deferred.flush()


_started = threading.Event()


def _start() -> None:
    """One thread for all; it may hold nothing up, and what is left at the end is counted then."""
    if not _started.is_set():
        _started.set()
        atexit.register(flush_all)
        threading.Thread(target=_flush_for_ever, daemon=True, name="counts").start()


def _flush_for_ever() -> None:
    while True:
        time.sleep(EACH)
        flush_all()
