"""What nobody should send: made from the service's own description, and made by hand."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.fuzz import GROWTH, fuzz
from harness.core.files import write_json
from harness.inference.predictor import Predictor
from tests.support.constants import PATIENCE
from tests.support.models import MODEL_METRICS, exported_with_dates
from tests.support.serving import Server, serving


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One with a date among its columns."""
    path = tmp_path_factory.mktemp("model") / "model.onnx"
    exported_with_dates(path)
    write_json(path.with_name("metrics.json"), MODEL_METRICS)
    return path


@pytest.fixture(scope="module")
def service(model: Path) -> Iterator[Server]:
    with serving(model, MAX_ROWS="100") as server:
        yield server


def test_schemathesis_finds_nothing(service: Server, tmp_path: Path) -> None:
    """No 5xx, no answer that the description does not know, and nothing wrong taken.

    That nothing right is refused is asked of rows in test_payloads: of columns JSON Schema cannot say one length.
    """
    program = str(Path(sys.executable).with_name("schemathesis"))
    command = [
        program,
        "run",
        f"{service.url}/docs.json",
        "--checks=all",
        "--exclude-checks=positive_data_acceptance",
        "--max-examples=50",
        "--seed=1",
        "--no-color",
        # How fast it goes says nothing of the service.
        f"--request-timeout={PATIENCE}",
        "--suppress-health-check=too_slow",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=5 * PATIENCE)
    assert done.returncode == 0, done.stdout
    assert "5 selected / 5 total" in done.stdout


def test_a_thousand_bad_bodies_are_refused_and_forgotten(service: Server, model: Path) -> None:
    statuses, growth = fuzz(service, Predictor(model).golden["rows"][0], 1000)
    assert set(statuses) <= {0, 200, 400, 413, 415}
    assert statuses[400] > 500
    assert growth <= GROWTH
    assert service.is_ready()
