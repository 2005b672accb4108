"""A folder for what is made on the way: gone when it is no longer needed, when the process is stopped, or later."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from os import getpid
from pathlib import Path
from socket import gethostname
from tempfile import gettempdir, mkdtemp
from weakref import finalize

import psutil

from harness.core.cluster import on_cluster
from harness.core.command import tidy_when_terminated


class WorkingFolder:
    """A folder that goes with this object; for a cluster it lies near to what workers see.

    A process that was killed (too little memory, say) leaves its own behind: the next one on this machine removes it.
    """

    def __init__(self, near: Path, prefix: str) -> None:
        place = near.absolute() if on_cluster() else Path(gettempdir())
        place.mkdir(parents=True, exist_ok=True)
        of_machine = f"{prefix}{gethostname()}-"
        for left in place.glob(f"{of_machine}*"):
            process = re.fullmatch("([0-9]+)-[^-]+", left.name.removeprefix(of_machine))  # not of the machine node-2
            if process and not psutil.pid_exists(int(process[1])):
                shutil.rmtree(left, ignore_errors=True)
        self.path = Path(mkdtemp(prefix=f"{of_machine}{getpid()}-", dir=place))
        self._remove = finalize(self, shutil.rmtree, self.path, ignore_errors=True)

    @contextmanager
    def kept_if_all_is_well(self) -> Iterator[None]:
        """Whatever ends the block early, as a signal to stop, removes the folder at once."""
        try:
            with tidy_when_terminated():
                yield
        except BaseException:
            self._remove()
            raise
