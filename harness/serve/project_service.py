"""The project's own src/service.py: found, checked, started, and where it failed."""

import functools
import gc
import inspect
import logging
import traceback
from collections.abc import Callable
from pathlib import Path

from bentoml import Service, get_current_service

from harness.core.errors import ProjectError
from harness.core.loader import load_module

SERVICE_PATH = Path("src/service.py")
STARTED = "_has_started"  # an instance's attribute


def load_service(folder: Path) -> Service[object]:
    """A project's service. Raises ProjectError if its file is absent, fails, or has no `predict` that can answer."""
    found = getattr(load_module("service", folder), "ModelService", None)
    if found is None:
        raise ProjectError(f"{SERVICE_PATH}: must define the class ModelService")
    if not isinstance(found, Service):
        raise ProjectError(f"{SERVICE_PATH}: ModelService must be decorated with @bentoml.service")
    check_predict(found)
    return found


def check_predict(service: Service[object]) -> None:
    """Raises ProjectError unless the service's method `predict` takes rows, gives one answer, and is at /predict."""
    method = service.apis.get("predict")
    if method is None:
        raise ProjectError(f"{SERVICE_PATH}: ModelService must have the method predict, decorated with @bentoml.api")
    taken = list(inspect.signature(method.func).parameters)[1:]
    if taken != ["rows"]:
        raise ProjectError(f"{SERVICE_PATH}: predict must take self and rows, got self, {', '.join(taken) or 'alone'}")
    if method.is_stream or method.is_task:
        raise ProjectError(f"{SERVICE_PATH}: predict must return its answer, not stream it or make it later")
    if method.route != "/predict":
        raise ProjectError(f"{SERVICE_PATH}: predict must have the route /predict, got {method.route}")


def start_safely(inner: type) -> None:
    """Let a service class that cannot start, as its model answers otherwise, be alive and never ready, and log why."""
    start: Callable[[object], None] = inner.__init__  # type: ignore[misc]

    @functools.wraps(start)
    def init(self: object) -> None:
        setattr(self, STARTED, False)
        try:
            start(self)
            setattr(self, STARTED, True)
        except Exception as error:  # whatever a project's own class may raise
            told = error if isinstance(error, ProjectError) else describe_failure(error)
            logging.getLogger("bentoml").error("not ready: %s", told)
        # What lives as long as the process need not be looked at again: a full collection stops all for 50 ms.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 100, 100)

    async def ready(self: object) -> bool:
        return bool(getattr(self, STARTED))

    inner.__init__ = init  # type: ignore[misc]
    if not hasattr(inner, "__is_ready__"):
        inner.__is_ready__ = ready  # type: ignore[attr-defined]


def has_started() -> bool:
    """Whether this process's service was made without an error."""
    return getattr(get_current_service(), STARTED, False)


def describe_failure(error: BaseException) -> str:
    """Where src/service.py failed, and the error's kind: its text may hold somebody's values."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).parts[-2:] == SERVICE_PATH.parts] or frames
    place = f"{'/'.join(Path(own[-1].filename).parts[-2:])}:{own[-1].lineno}: " if own else ""
    return f"{place}{type(error).__name__}"
