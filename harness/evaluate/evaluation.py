"""What is measured of a model on test rows: metrics with intervals, slices, calibration, importance, predictions."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from harness.core.blocks import write_blocks
from harness.core.contract import Contract, as_text
from harness.core.errors import ProjectError
from harness.core.files import read_json
from harness.core.judge_params import EvaluateParams
from harness.core.metrics_file import (
    MetricInterval,
    ModelMetrics,
    NoInterval,
    SliceGap,
    SliceMetrics,
    write_metrics_file,
)
from harness.core.paths import METRICS_PATH, PARAMS_PATH, PLOTS, PREDICTIONS_PATH, TRAINING_PATH
from harness.core.prepared import PreparedRows, chunks_of
from harness.evaluate.bootstrap import Interval, PartMetrics, Subset, measured_of_drawn
from harness.evaluate.calibration import calibration_bins, calibration_line
from harness.evaluate.coverage import coverages
from harness.evaluate.further import FURTHER_METRICS
from harness.evaluate.gaps import slice_gaps
from harness.evaluate.honest import why_no_interval
from harness.evaluate.importance import importance
from harness.evaluate.large import resample_large
from harness.evaluate.metrics import KNOWN_METRICS
from harness.evaluate.own_metrics import check_defined
from harness.evaluate.plots import write_plots
from harness.evaluate.sample import Sample, Yardsticks, defined
from harness.evaluate.slices import Slice, slices_of, why_not_evaluable
from harness.evaluate.units import Units, units_of
from harness.inference.predictor import Predictor

NO_SPREAD = "too many resamples have no value, or the same one"
EvaluatedRows = pd.DataFrame | PreparedRows  # held, or not


def check_primary(contract: Contract, params: EvaluateParams, own: Yardsticks) -> None:
    """Raises ProjectError if the task does not have the primary metric."""
    known = dict.fromkeys([*KNOWN_METRICS[contract.task], *FURTHER_METRICS[contract.task], *own])
    if params.primary not in known:
        raise ProjectError(
            f"{PARAMS_PATH}: evaluate.primary must be one of {', '.join(known)} (task.type {contract.task}), "
            f"got {params.primary!r}"
        )


def evaluate_model(
    rows: EvaluatedRows, sample: Sample, predictor: Predictor, contract: Contract, params: EvaluateParams
) -> ModelMetrics:
    """All that metrics.json holds. Raises ProjectError if one of the project's own metrics fails."""
    estimates = sample.estimates()
    check_defined(sample.called, estimates, len(rows))
    slices = slices_of(rows, contract)
    reasons = [why_not_evaluable(sample.take(part.inside), params) for part in slices]
    judged = [np.flatnonzero(part.inside) for part, why in zip(slices, reasons, strict=True) if not why]
    subsets = [Subset(), *(Subset(inside) for inside in judged)]
    units = units_of(rows, contract)
    drawn = resample_large(sample, subsets, params.resamples, params.random_state, units)
    whole, *others = measured_of_drawn(sample, subsets, drawn, units)
    rest = zip(others, slice_gaps(sample, judged, params, units, drawn[1:]), strict=True)
    found = ModelMetrics(
        test=defined(estimates),
        rows=len(rows),
        intervals=_listed(whole.intervals),
        slices=[
            _slice(part, why, (None, None) if why else next(rest)) for part, why in zip(slices, reasons, strict=True)
        ],
        calibration=calibration_bins(sample.task, sample.y, sample.scores),
        calibration_line=calibration_line(sample.y, sample.scores, units) if sample.task == "binary" else [],
        importance=importance(rows, sample, predictor, params),
    )
    more: dict[str, object] = {"cv": _cross_validated(), "without_interval": _without(sample, whole.intervals, units)}
    if predictor.conformal is not None:
        more["coverage"] = coverages(sample, predictor.conformal, slices, units)
    return found.model_copy(update={name: value for name, value in more.items() if value})


def _cross_validated() -> dict[str, float]:
    """The training's own scores, where a search, a tuned threshold or `train.cross_validate` made some."""
    found: dict[str, float] = read_json(TRAINING_PATH)["cross_validated"] if TRAINING_PATH.exists() else {}
    return found


def write_evaluation(
    metrics: ModelMetrics,
    rows: EvaluatedRows,
    sample: Sample,
    predictor: Predictor,
    contract: Contract,
    params: EvaluateParams,
) -> None:
    """Write metrics.json, the predictions and the plots; metrics.json last, for it tells that all is there."""
    write_plots(PLOTS, sample, contract, metrics, params.primary)
    write_blocks(PREDICTIONS_PATH, predictions(rows, sample, predictor, contract))
    write_metrics_file(METRICS_PATH, metrics)


def predictions(
    rows: EvaluatedRows, sample: Sample, predictor: Predictor, contract: Contract
) -> Iterator[pd.DataFrame]:
    """A row per test row: its id (or row number), the truth, the prediction and the probability of each class."""
    asked = [*([contract.id] if contract.id else []), contract.target]
    first = 0
    for chunk in chunks_of(rows, asked):
        part = slice(first, first + len(chunk))
        ids = chunk[contract.id] if contract.id else pd.Series(rows.index[part], name="row")
        frame = pd.DataFrame({ids.name: ids.to_numpy(), "actual": chunk[contract.target].to_numpy()})
        frame["predicted"] = predictor.predict(sample.scores[part].astype(np.float32))
        for index, label in enumerate(contract.classes):
            frame[f"probability_{as_text(label)}"] = sample.scores[part, index].astype(np.float32)
        yield frame
        first += len(chunk)


def _listed(found: Mapping[str, Interval]) -> list[MetricInterval]:
    return [MetricInterval(metric=name, low=low, high=high) for name, (low, high) in found.items()]


def _without(sample: Sample, found: Mapping[str, Interval], units: Units) -> list[NoInterval]:
    names = [name for name in defined(sample.estimates()) if name not in found]
    return [NoInterval(metric=name, reason=why_no_interval(name, sample, units) or NO_SPREAD) for name in names]


def _slice(part: Slice, why: str | None, known: tuple[PartMetrics | None, SliceGap | None]) -> SliceMetrics:
    found, gap = known
    rows = int(part.inside.sum())
    if found is None:
        return SliceMetrics(column=part.column, value=part.value, rows=rows, not_evaluable=why)
    made = SliceMetrics(
        column=part.column,
        value=part.value,
        rows=rows,
        test=defined(found.estimates),
        intervals=_listed(found.intervals),
    )
    return made.model_copy(update={"gap": gap}) if gap else made
