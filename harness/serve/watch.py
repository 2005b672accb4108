"""What watches the service's rows: drift counters where reference.json is there, and the log where LOG_DIR is set."""

import atexit
import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from prometheus_client import CollectorRegistry

from harness.core.errors import ProjectError
from harness.inference.predictor import Predictor, Scores
from harness.inference.reference import read_reference
from harness.serve.drift_counters import DriftCounters
from harness.serve.prediction_log import PredictionLog, read_log_settings


class Watch:
    """Sees each answered request; nothing of it can fail one."""

    def __init__(self, predictor: Predictor, registry: CollectorRegistry) -> None:
        self._counters = _counters(predictor, registry)
        settings = read_log_settings()
        self._log = PredictionLog(settings, predictor.version, registry) if settings else None
        if self._log:
            atexit.register(self._log.close)

    def see(
        self,
        rows: Sequence[Mapping[str, object]],
        encoded: tuple[NDArray[np.float32], NDArray[np.object_]],
        scores: Scores,
    ) -> None:
        """Count the rows, and put them into the log."""
        if self._counters:
            self._counters.count(*encoded, scores)
        if self._log:
            self._log.put(rows, scores)


def _counters(predictor: Predictor, registry: CollectorRegistry) -> DriftCounters | None:
    path = Path(os.environ.get("REFERENCE_FILE") or predictor.path.with_name("reference.json"))
    try:
        reference = read_reference(path)
        if reference.model != predictor.sha256:
            raise ProjectError(f"{path}: is of model {reference.model[:12]}, not {predictor.version}")
    except ProjectError as error:
        logging.getLogger("bentoml").info("Service counts no drift: %s", error)
        return None
    return DriftCounters(reference, predictor.contract, registry)
