"""What is measured of a model on test rows: metrics with intervals, slices, calibration, importance, predictions."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from harness.core.contract import Contract, as_text
from harness.core.errors import ProjectError
from harness.core.files import replacing
from harness.core.metrics_file import MetricInterval, ModelMetrics, SliceMetrics, write_metrics_file
from harness.core.params import EvaluateParams
from harness.core.paths import METRICS_PATH, PARAMS_PATH, PLOTS, PREDICTIONS_PATH
from harness.evaluate.bootstrap import intervals
from harness.evaluate.calibration import calibration_bins
from harness.evaluate.gaps import slice_gaps
from harness.evaluate.importance import importance
from harness.evaluate.metrics import KNOWN_METRICS
from harness.evaluate.own_metrics import OwnMetric
from harness.evaluate.plots import write_plots
from harness.evaluate.sample import Sample, defined, entities
from harness.evaluate.slices import Slice, slices_of, why_not_evaluable
from harness.inference.predictor import Predictor


def check_primary(contract: Contract, params: EvaluateParams, own: Mapping[str, OwnMetric]) -> None:
    """Raises ProjectError if the primary metric is none of the task's."""
    known = [*KNOWN_METRICS[contract.task], *own]
    if params.primary not in known:
        raise ProjectError(
            f"{PARAMS_PATH}: evaluate.primary must be one of {', '.join(known)} (task.type {contract.task}), "
            f"got {params.primary!r}"
        )


def evaluate_model(
    rows: pd.DataFrame, sample: Sample, predictor: Predictor, contract: Contract, params: EvaluateParams
) -> ModelMetrics:
    """All that metrics.json holds."""
    return ModelMetrics(
        test=defined(sample.estimates()),
        rows=len(rows),
        intervals=_intervals(rows, sample, contract, params),
        slices=_slices(rows, sample, contract, params),
        calibration=calibration_bins(sample.task, sample.y, sample.scores),
        importance=importance(rows, sample, predictor, params),
    )


def write_evaluation(
    metrics: ModelMetrics,
    rows: pd.DataFrame,
    sample: Sample,
    predictor: Predictor,
    contract: Contract,
    params: EvaluateParams,
) -> None:
    """Write metrics.json, the predictions and the plots; metrics.json last, for it tells that all is there."""
    write_plots(PLOTS, sample, contract, metrics, params.primary)
    with replacing(PREDICTIONS_PATH) as temporary:
        predictions(rows, sample, predictor, contract).to_parquet(temporary, index=False)
    write_metrics_file(METRICS_PATH, metrics)


def predictions(rows: pd.DataFrame, sample: Sample, predictor: Predictor, contract: Contract) -> pd.DataFrame:
    """A row per test row: its id (or row number), the truth, the prediction and the probability of each class."""
    ids = rows[contract.id] if contract.id else pd.Series(rows.index, name="row")
    frame = pd.DataFrame({ids.name: ids.to_numpy(), "actual": rows[contract.target].to_numpy()})
    frame["predicted"] = predictor.predict(sample.scores.astype(np.float32))
    for index, label in enumerate(contract.classes):
        frame[f"probability_{as_text(label)}"] = sample.scores[:, index].astype(np.float32)
    return frame


def _intervals(rows: pd.DataFrame, sample: Sample, contract: Contract, params: EvaluateParams) -> list[MetricInterval]:
    found = intervals(sample, params.resamples, params.random_state, entities(rows, contract))
    return [MetricInterval(metric=name, low=low, high=high) for name, (low, high) in found.items()]


def _slices(rows: pd.DataFrame, sample: Sample, contract: Contract, params: EvaluateParams) -> list[SliceMetrics]:
    """Each slice's metrics, and its gap to the other rows where it has rows enough to be measured."""
    parts = slices_of(rows, contract)
    found = [_slice(part, rows, sample, contract, params) for part in parts]
    measured = [at for at, part in enumerate(found) if part.test is not None]
    gaps = slice_gaps(sample, [parts[at].inside for at in measured], params, entities(rows, contract))
    for at, gap in zip(measured, gaps, strict=True):
        if gap:
            found[at] = found[at].model_copy(update={"gap": gap})
    return found


def _slice(part: Slice, rows: pd.DataFrame, sample: Sample, contract: Contract, params: EvaluateParams) -> SliceMetrics:
    measured = sample.take(part.inside)
    reason = why_not_evaluable(measured, params)
    if reason:
        return SliceMetrics(column=part.column, value=part.value, rows=len(measured.y), not_evaluable=reason)
    return SliceMetrics(
        column=part.column,
        value=part.value,
        rows=len(measured.y),
        test=defined(measured.estimates()),
        intervals=_intervals(rows[part.inside], measured, contract, params),
    )
