"""How often a report may train each side again, to tell a change from the noise of training."""

import time

from harness.adopt.trial import Trial
from harness.core.params import TrainParams
from harness.core.prepared import feature_columns, target_values
from harness.model.pipeline import build_pipeline, fit, to_frame

TRAININGS = 5  # of each side: fewer say little of the noise
AFFORDABLE = 10.0  # seconds a fit: ten of them are less than two minutes
ROWS_TIMED = 20_000


def affordable_refits(trial: Trial, params: TrainParams) -> int:
    """TRAININGS where a fit of all rows is short, reckoned from one of some of them; otherwise none."""
    frame = trial.train.sample(min(len(trial.train), ROWS_TIMED), random_state=0)
    pipeline = build_pipeline(trial.contract, params)
    X, y = to_frame(feature_columns(frame, trial.contract), trial.contract), target_values(frame, trial.contract)
    start = time.process_time()
    fit(pipeline, X, y, params)
    seconds = (time.process_time() - start) * trial.rows / len(frame)
    return TRAININGS if seconds <= AFFORDABLE else 0
