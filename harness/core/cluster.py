"""A Dask cluster that somebody else started: asked whether it fits, given work, and watched until the work is done."""

import asyncio
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from harness.core.errors import ProjectError

if TYPE_CHECKING:
    from distributed import Client

DASK = "DASK"  # of the environment: where the scheduler is, as tcp://host:8786
Given = TypeVar("Given")
Done = TypeVar("Done")
MUST_AGREE = ("dask", "distributed", "numpy", "onnxruntime", "pandas", "pandera", "pyarrow")  # or results may differ
PATIENCE_TO_CONNECT = 10  # seconds
PATIENCE_WITHOUT_WORKERS = 60  # seconds in which a new worker may come
WATCH_EVERY = 2  # seconds
SEE_LOGS = "see their logs: they may lack memory"


def spread_calls(function: Callable[[Given], Done], given: Sequence[Given]) -> Iterator[Done]:
    """The result of each call, in order: by the cluster at the address that DASK names, if it names one, else here.

    Whatever is given and returned must be small: rows go through files that all workers see.
    """
    address = os.environ.get(DASK)
    if not address:
        yield from map(function, given)
        return
    placed = [Placed(place, function, one) for place, one in enumerate(given)]
    with connected(address) as client:
        done = dict(spread_over(client, address, Placed.call, placed))
    yield from (done[place] for place in range(len(given)))


def on_cluster() -> bool:
    """Whether `spread_calls` asks a cluster."""
    return bool(os.environ.get(DASK))


@dataclass(frozen=True)
class Placed(Generic[Given, Done]):
    """A call and which of several it is."""

    place: int
    function: Callable[[Given], Done]
    given: Given

    def call(self) -> tuple[int, Done]:
        """Its place, and what the function returns."""
        return self.place, self.function(self.given)

    def __str__(self) -> str:
        return str(self.given)


@contextmanager
def connected(address: str, packages: Sequence[str] = MUST_AGREE) -> Iterator["Client"]:
    """A client of the scheduler at an address such as tcp://10.0.0.5:8786.

    Raises ProjectError if it is not there, has no workers, or its workers have other packages than this process.
    """
    try:
        from distributed import Client  # noqa: PLC0415  optional
    except ImportError:
        raise ProjectError(f"DASK={address}: needs the optional group scale: make setup WITH=scale") from None
    for name in [name for name in logging.root.manager.loggerDict if name.startswith("distributed")]:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)  # what matters is said below, in one line
    try:
        asyncio.run(_greet(address))
        client = Client(address, timeout=PATIENCE_TO_CONNECT)
    except Exception as error:  # each protocol has errors of its own
        said = " ".join(str(error).split())[:200]
        raise ProjectError(f"DASK={address}: no scheduler answers there: {said or 'not in time'}") from None
    with client:
        _check_workers(client, address, packages)
        yield client


def spread_over(
    client: "Client", address: str, function: Callable[[Given], Done], given: Sequence[Given]
) -> Iterator[Done]:
    """The result of each call, as they come; a call whose worker died is made again on another.

    Raises the ProjectError of a call; one if the scheduler dies, or no worker is left for a minute.
    """
    from distributed import wait  # noqa: PLC0415  optional
    from distributed.scheduler import KilledWorker  # noqa: PLC0415

    places = {client.submit(function, one, pure=False): place for place, one in enumerate(given)}
    left, alone = set(places), 0.0
    while left:
        try:
            done, left = wait(left, timeout=WATCH_EVERY, return_when="FIRST_COMPLETED")
        except TimeoutError:
            alone = _time_alone(client, address, alone)
            continue
        except CancelledError:
            raise ProjectError(f"DASK={address}: the scheduler died; nothing was written") from None
        for future in done:
            try:
                yield future.result()
            except KilledWorker:
                what = given[places[future]]
                raise ProjectError(f"DASK={address}: {what}: its workers died ({SEE_LOGS})") from None
            except CancelledError:
                raise ProjectError(f"DASK={address}: the scheduler died; nothing was written") from None


def versions_here(names: Sequence[str] = MUST_AGREE) -> dict[str, str]:
    """Python's version, harness/'s hash and packages' versions, empty where one is absent: as each worker is asked."""
    found = {"python": ".".join(map(str, sys.version_info[:2])), "harness": harness_hash()}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = ""
    return found


@cache
def harness_hash() -> str:
    """Of the code in harness/, when a process first asked: a worker that runs on keeps what it has loaded."""
    folder, found = Path(__file__).parents[1], sha256()
    for path in sorted(folder.rglob("*.py")):
        found.update(f"{path.relative_to(folder).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return found.hexdigest()[:12]


async def _greet(address: str) -> None:
    """Connect and leave: `Client` would wait for ever where something else than a scheduler answers."""
    from distributed import Security, comm  # noqa: PLC0415  optional

    greeting = comm.connect(address, PATIENCE_TO_CONNECT, **Security().get_connection_args("client"))
    await (await asyncio.wait_for(greeting, PATIENCE_TO_CONNECT)).close()


def _check_workers(client: "Client", address: str, packages: Sequence[str]) -> None:
    scheduler = client.get_versions()["scheduler"]["packages"]
    for name in ("dask", "distributed"):
        if scheduler[name] != version(name):
            raise ProjectError(
                f"DASK={address}: the scheduler has {name} {scheduler[name]}, here it is {version(name)}; "
                "start it in the locked environment"
            )
    ours = versions_here(packages)
    try:
        theirs = client.run(versions_here, packages)
    except ImportError as error:
        raise ProjectError(f"DASK={address}: a worker cannot import harness/ ({error}): see docs/scale.md") from None
    if not theirs:
        raise ProjectError(f"DASK={address}: the scheduler has no workers")
    for worker, found in theirs.items():
        for name, wanted in ours.items():
            if (had := found.get(name, "")) != wanted:
                has = f"{name} {had}" if had else f"no {name}"
                cure = f"start it {'again' if name == 'harness' else 'in the locked environment'}"
                raise ProjectError(f"DASK={address}: the worker {worker} has {has}, here it is {wanted}; {cure}")


def _time_alone(client: "Client", address: str, since: float) -> float:
    """Since when there has been no worker, 0 if there is one. Raises ProjectError if that is too long, or nobody is."""
    if client.status != "running":
        raise ProjectError(f"DASK={address}: the scheduler died; nothing was written")
    if client.nthreads():
        return 0.0
    if since and time.monotonic() - since > PATIENCE_WITHOUT_WORKERS:
        raise ProjectError(f"DASK={address}: all its workers are gone; nothing was written")
    return since or time.monotonic()
