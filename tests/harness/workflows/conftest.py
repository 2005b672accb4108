"""The fixture that every test of a workflow takes."""

from tests.support.workflows.runner import runner

__all__ = ["runner"]
