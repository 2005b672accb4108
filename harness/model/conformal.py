"""Split-conformal calibration: rows kept out of the training say how far a model's answers are from the truth."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.core.conformal_params import ConformalParams
from harness.core.contract import Contract
from harness.core.errors import ProjectError
from harness.core.paths import PARAMS_PATH
from harness.inference.conformal import Conformal
from harness.inference.predictor import Columns, Predictor

CONFORMAL_KEY = f"{PARAMS_PATH}: train.conformal"


@dataclass(frozen=True)
class CalibrationRows:
    """Rows (n) that the model has not learnt from, and how often its answers shall hold the truth."""

    columns: Columns
    y: NDArray[np.generic]
    groups: NDArray[np.generic] | None
    params: ConformalParams


def calibration_rows(
    contract: Contract, groups: NDArray[np.generic] | None, rows: int, params: ConformalParams, seed: int
) -> NDArray[np.bool_]:
    """Which training rows (n,) are kept out: whole groups if there are any, the latest rows if a time is declared.

    Raises ProjectError for a binary task, or if no row would be left to learn from.
    """
    if contract.task == "binary":
        raise ProjectError(
            f"{CONFORMAL_KEY} must be none for task.type binary: its probability says how sure it is (calibration)"
        )
    names, unit = np.unique(groups, return_inverse=True) if groups is not None else (np.arange(rows), np.arange(rows))
    count = round(params.calibration_size * len(names))
    if not 0 < count < len(names):
        raise ProjectError(
            f"{CONFORMAL_KEY}.calibration_size must leave rows on both sides, got {params.calibration_size}"
        )
    if contract.time and groups is None:  # the rows come in the order of time
        return np.arange(rows) >= rows - count
    chosen = np.random.default_rng(seed).permutation(len(names))[:count]
    return np.isin(unit, chosen)


def calibrate(predictor: Predictor, held: CalibrationRows) -> Conformal:
    """The quantile of the rows' scores by the model file itself.

    Of groups, each counts as one, whatever its rows: then it holds for a row of a new group (Lee, Barber & Willett
    2023). Raises ProjectError if there are too few for the confidence.
    """
    scores = predictor.scores(held.columns).astype(np.float64)
    if predictor.contract.task == "regression":
        off = np.abs(held.y.astype(np.float64) - scores[:, 0])
    else:
        off = 1 - scores[np.arange(len(scores)), held.y.astype(np.int64)]
    unit = np.arange(len(off)) if held.groups is None else np.unique(held.groups, return_inverse=True)[1]
    sizes = np.bincount(unit)
    units, confidence = len(sizes), held.params.confidence
    order = np.argsort(off, kind="stable")
    reached = np.cumsum(1 / sizes[unit[order]]) / (units + 1) + 1e-12
    place = int(np.searchsorted(reached, confidence))
    if place == len(off):
        least, what = int(np.ceil(confidence / (1 - confidence) - 1e-9)), "rows" if held.groups is None else "groups"
        raise ProjectError(
            f"{CONFORMAL_KEY}: a confidence of {confidence:g} needs {least} calibration {what}, got {units}; raise "
            f"calibration_size, or ask for at most {units / (units + 1):.3f}"
        )
    return Conformal(confidence, float(off[order[place]]), len(off), units)
