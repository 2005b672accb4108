"""What several tests of the service take: the model, loaded, and a reference for its counters and explanations."""

from pathlib import Path

import pytest

from harness.evaluate.build_reference import build_reference, write_reference
from harness.inference.predictor import Predictor
from tests.support.tables import customers


@pytest.fixture(scope="module")
def predictor(model: Path) -> Predictor:
    return Predictor(model)


@pytest.fixture(scope="module")
def reference(predictor: Predictor, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("reference") / "reference.json"
    write_reference(build_reference(customers(400, seed=1), predictor, predictor.contract), path)
    return path
