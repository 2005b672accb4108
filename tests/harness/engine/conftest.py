"""Fixtures: an engine that knows the base image, and the runner of the workflows."""

from collections.abc import Iterator

import pytest

from tests.harness.engine import engine
from tests.harness.engine.engine import Engine
from tests.harness.workflows.conftest import runner

__all__ = ["docker", "runner"]


@pytest.fixture(scope="session")
def docker() -> Iterator[Engine]:
    """An engine that knows the base image; afterwards the network must be as it was."""
    before = engine.network_settings()
    with engine.started() as running:
        running.import_base()
        yield running
    assert engine.network_settings() == before
