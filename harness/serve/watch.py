"""What watches the service's rows: reference.json beside the model, and the log where LOG_DIR is set."""

import atexit
import logging
import os
from pathlib import Path

from prometheus_client import CollectorRegistry

from harness.core.errors import ProjectError
from harness.inference.predictor import Predictor
from harness.inference.reference import Reference, read_reference
from harness.serve.log_form import LogForm
from harness.serve.log_settings import read_log_settings
from harness.serve.prediction_log import PredictionLog


def reference_path(model: Path) -> Path:
    """Beside the model file, unless REFERENCE_FILE says otherwise."""
    return Path(os.environ.get("REFERENCE_FILE") or model.with_name("reference.json"))


def own_reference(predictor: Predictor) -> Reference | None:
    """The reference of this very model; None, with a note, where there is none."""
    path = reference_path(predictor.path)
    try:
        reference = read_reference(path)
        if reference.model != predictor.sha256:
            raise ProjectError(
                f"{path}: belongs to model {reference.model[:12]}, not to {predictor.version}; run: make pipeline"
            )
    except ProjectError as error:
        logging.getLogger("bentoml").info("Service counts no drift: %s", error)
        return None
    return reference


def prediction_log(predictor: Predictor, registry: CollectorRegistry) -> PredictionLog | None:
    """None where LOG_DIR is not set. Raises ProjectError if one of its settings is bad."""
    settings = read_log_settings()
    if settings is None:
        return None
    form = LogForm.of(predictor.contract, predictor.version, settings)
    log = PredictionLog(settings, form, registry)
    atexit.register(log.close)
    return log
