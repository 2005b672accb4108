"""Fixtures: an engine that knows the base image, and the runner of the workflows."""

from collections.abc import Iterator

import pytest

from tests.support import engine
from tests.support.engine import Engine
from tests.support.workflows.runner import runner

__all__ = ["docker", "runner"]


@pytest.fixture(scope="session")
def docker() -> Iterator[Engine]:
    """An engine that knows the base image; afterwards the network must be as it was."""
    before = engine.network_settings()
    with engine.started() as running:
        running.import_base()
        yield running
    assert engine.network_settings() == before
