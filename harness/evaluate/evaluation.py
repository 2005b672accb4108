"""What is measured of a model on test rows: metrics with intervals, slices, calibration, importance, predictions."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.core.contract import Contract, as_text
from harness.core.errors import ProjectError
from harness.core.params import EvaluateParams
from harness.core.paths import PARAMS_PATH
from harness.core.prepared import feature_columns, target_values
from harness.evaluate.bootstrap import intervals
from harness.evaluate.metrics import METRICS, Sample, calibration_bins
from harness.evaluate.slices import Slice, slices_of, why_not_evaluable
from harness.inference.predictor import Predictor

DIGITS = 6  # significant ones; the rest differs from processor to processor
IMPORTANCE_ROWS = 20_000
SHUFFLES = 5


def check_primary(contract: Contract, params: EvaluateParams) -> None:
    """Raises ProjectError if the primary metric is none of the task's."""
    known = METRICS[contract.task]
    if params.primary not in known:
        names = ", ".join(known)
        raise ProjectError(
            f"{PARAMS_PATH}: evaluate.primary must be one of {names} (task.type {contract.task}), "
            f"got {params.primary!r}"
        )


def build_sample(rows: pd.DataFrame, predictor: Predictor) -> Sample:
    """The rows' truth beside the model's scores."""
    scores = predictor.scores(feature_columns(rows, predictor.contract)).astype(np.float64)
    return Sample(predictor.contract.task, target_values(rows, predictor.contract), scores, predictor.threshold)


def evaluate_model(
    rows: pd.DataFrame, sample: Sample, predictor: Predictor, contract: Contract, params: EvaluateParams
) -> dict[str, Any]:
    """The content of metrics.json. DVC reads numbers and mappings as metrics; what it shall not is in lists."""
    return {
        "test": _rounded(defined(sample.estimates())),
        "rows": len(rows),
        "intervals": _intervals(sample, clusters(rows, contract), params),
        "slices": [_slice(part, rows, sample, contract, params) for part in slices_of(rows, contract)],
        "calibration": [_rounded(bin_) for bin_ in calibration_bins(sample)],
        "importance": _importance(rows, sample, predictor, params),
    }


def predictions(rows: pd.DataFrame, sample: Sample, predictor: Predictor, contract: Contract) -> pd.DataFrame:
    """A row per test row: its id (or row number), the truth, the prediction and the probability of each class."""
    ids = rows[contract.id] if contract.id else pd.Series(rows.index, name="row")
    frame = pd.DataFrame({ids.name: ids.to_numpy(), "actual": rows[contract.target].to_numpy()})
    frame["predicted"] = predictor.predict(sample.scores.astype(np.float32))
    for index, label in enumerate(contract.classes):
        frame[f"probability_{as_text(label)}"] = sample.scores[:, index].astype(np.float32)
    return frame


def clusters(rows: pd.DataFrame, contract: Contract) -> NDArray[np.int64] | None:
    """Index of each row's entity, where a group is declared."""
    return pd.factorize(rows[contract.group].map(as_text))[0].astype(np.int64) if contract.group else None


def defined(values: dict[str, float]) -> dict[str, float]:
    """Without the metrics that these rows do not define (NaN is no JSON)."""
    return {name: value for name, value in values.items() if np.isfinite(value)}


def _intervals(sample: Sample, groups: NDArray[np.int64] | None, params: EvaluateParams) -> list[dict[str, Any]]:
    found = intervals(sample, params.resamples, params.random_state, groups)
    return [{"metric": name, **_rounded({"low": low, "high": high})} for name, (low, high) in found.items()]


def _slice(
    part: Slice, rows: pd.DataFrame, sample: Sample, contract: Contract, params: EvaluateParams
) -> dict[str, Any]:
    measured = sample.take(part.inside)
    found: dict[str, Any] = {"column": part.column, "value": part.value, "rows": len(measured.y)}
    reason = why_not_evaluable(measured, params)
    if reason:
        return found | {"not_evaluable": reason}
    groups = clusters(rows[part.inside], contract)
    return found | {"test": _rounded(defined(measured.estimates())), "intervals": _intervals(measured, groups, params)}


def _importance(
    rows: pd.DataFrame, sample: Sample, predictor: Predictor, params: EvaluateParams
) -> list[dict[str, Any]]:
    """Permutation importance (Breiman 2001): how much worse the primary metric gets when one column is shuffled."""
    rng = np.random.default_rng(params.random_state)
    if len(rows) > IMPORTANCE_ROWS:
        chosen = np.sort(rng.choice(len(rows), IMPORTANCE_ROWS, replace=False))
        rows, sample = rows.iloc[chosen], sample.take(chosen)
    columns = feature_columns(rows, predictor.contract)
    sign = 1 if METRICS[sample.task][params.primary].better == "higher" else -1
    whole = sample.estimates()[params.primary]
    found = []
    for name in columns:
        losses = []
        for _ in range(SHUFFLES):
            shuffled = predictor.scores({**columns, name: rng.permutation(columns[name])}).astype(np.float64)
            worse = Sample(sample.task, sample.y, shuffled, sample.threshold).estimates()[params.primary]
            losses.append(sign * (whole - worse))
        if np.isfinite(losses).all():
            spread = {"mean": float(np.mean(losses)), "standard_deviation": float(np.std(losses))}
            found.append({"feature": name, **_rounded(spread)})
    return sorted(found, key=lambda item: -item["mean"])


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: value if isinstance(value, int) else float(f"{value:.{DIGITS}g}") for name, value in values.items()}
