"""Whether an estimator of src/model.py learns the same from the same rows: seen on a few, before all are used."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone

from harness.core.contract import Contract
from harness.core.errors import ProjectError
from harness.core.params import TrainParams
from harness.model.estimator import MODEL_FILE
from harness.model.pipeline import build_pipeline

ROWS_OF_A_CLASS = 200  # rows, of each class
SAME = 1e-9  # threads add up in one order or another


def check_repeatable(
    X: pd.DataFrame, y: NDArray[np.generic], contract: Contract, params: TrainParams, estimator: object
) -> None:
    """Raises ProjectError if two trainings on the same few rows of X (n, columns) and y (n,) give different answers."""
    firsts = (
        [np.flatnonzero(y == label)[:ROWS_OF_A_CLASS] for label in np.unique(y)]
        if contract.classes
        else [np.arange(len(y))]
    )
    some = np.sort(np.concatenate(firsts))[: ROWS_OF_A_CLASS * max(2, len(contract.classes))]
    pipeline = build_pipeline(contract, params, estimator)
    try:
        first, again = (_answers(clone(pipeline).fit(X.iloc[some], y[some]), X.iloc[some]) for _ in range(2))
    except Exception:  # whatever it is, the training itself says it better
        return
    if not np.allclose(first, again, rtol=0, atol=SAME * max(1.0, float(np.abs(first).max()))):
        name = type(estimator).__name__
        raise ProjectError(
            f"{MODEL_FILE}: {name} learns something else from the same rows each time; give it a random_state"
        )


def _answers(pipeline: object, X: pd.DataFrame) -> NDArray[np.float64]:
    method = getattr(pipeline, "predict_proba", None) or pipeline.predict  # type: ignore[attr-defined]
    return np.asarray(method(X), dtype=np.float64)
