"""Fixtures: an engine that knows the base image, and the runner of the workflows."""

from tests.support.engine import docker
from tests.support.workflows.runner import runner

__all__ = ["docker", "runner"]
