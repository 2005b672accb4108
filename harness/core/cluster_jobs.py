"""Work that a library spreads over a Dask cluster by itself: watched from here, so that what dies is one line."""

from collections.abc import Callable, Sequence
from threading import Thread
from typing import TYPE_CHECKING, Generic

from harness.core.cluster import MUST_AGREE, WATCH_EVERY, Done, connected
from harness.core.errors import ProjectError

if TYPE_CHECKING:
    from distributed import Client


class _Job(Thread, Generic[Done]):
    """A call in a thread that nobody waits for: a library whose cluster has died may never return."""

    def __init__(self, call: Callable[[], Done]) -> None:
        super().__init__(daemon=True)
        self.call = call
        self.done: list[Done] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.done.append(self.call())
        except BaseException as error:
            self.error = error


def run_on_cluster(
    address: str, call: Callable[["Client"], Done], packages: Sequence[str], needs_each: bool = False
) -> Done:
    """What the call returns that a library makes with a client of the cluster.

    `packages` must be the same on the workers as here; if it needs each worker, one that is lost ends it. Raises
    ProjectError if the scheduler is not there, differs or dies, or no worker is left.
    """
    with connected(address, (*MUST_AGREE, *packages)) as client:
        first = set(_workers(client))
        job = _Job(lambda: call(client))
        job.start()
        while job.is_alive():
            job.join(WATCH_EVERY)
            _check_alive(client, address, first, needs_each)
        if job.error is not None:
            _check_alive(client, address, first, needs_each)
            raise job.error
        return job.done[0]


def _check_alive(client: "Client", address: str, first: set[str], needs_each: bool) -> None:
    if client.status != "running":
        raise ProjectError(f"DASK={address}: the scheduler died; nothing was written")
    left = first & set(_workers(client))
    if not left:
        raise ProjectError(f"DASK={address}: all its workers are gone; nothing was written")
    if needs_each and left != first:
        lost = sorted(first - left)[0]
        raise ProjectError(f"DASK={address}: the worker {lost} died, and the training needs each; nothing was written")


def _workers(client: "Client") -> list[str]:
    """Those that the scheduler knows; `scheduler_info` may be older, and lists but a few."""
    try:
        return list(client.nthreads())
    except OSError:
        raise ProjectError(f"DASK={client.scheduler.address}: the scheduler died; nothing was written") from None
