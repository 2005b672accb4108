"""Does the model file answer as scikit-learn does? On all rows of a table, and with missing and unseen values."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import StackingClassifier, StackingRegressor
from sklearn.pipeline import Pipeline

from harness.core.contract import Contract
from harness.core.errors import ProjectError
from harness.inference.predictor import CHUNK, Columns, Predictor, Scores, decide, to_columns
from harness.model.estimator import members, takes_trees
from harness.model.file_columns import chunks_of_columns
from harness.model.golden_rows import GOLDEN_TEXTS
from harness.model.pipeline import Training, to_frame

STACKS = (StackingClassifier, StackingRegressor)
UNSEEN = "never seen: Größe, 漢字"
Expected = NDArray[np.float64]


@dataclass(frozen=True)
class Parity:
    """How close the file is to scikit-learn: rows compared, and the largest difference of a score."""

    rows: int
    difference: float
    tolerance: float

    def __str__(self) -> str:
        difference = f"largest difference {self.difference:.1e}, allowed {self.tolerance:.1e}"
        return f"answers as scikit-learn does on the training rows and made-up ones, {self.rows} rows ({difference})"


def check_parity(training: Training, predictor: Predictor, X: Columns, tolerance: float) -> Parity:
    """Compare on the rows of X and on probes. Raises ProjectError, naming the row that differs most, if one does."""
    rows, largest = 0, 0.0
    for name, columns in tables(X, predictor.contract):
        found, expected = predictor.scores(columns), sklearn_scores(training, columns, predictor.contract)
        off = np.abs(found - expected).max(axis=1)
        off[np.isnan(off) | flipped(found, expected, training)] = np.inf
        if off.max() > tolerance:
            worst = int(off.argmax())
            raise ProjectError(
                told_difference(training, f"{name} {rows + worst + 1}", found[worst], expected[worst], tolerance)
            )
        rows, largest = rows + len(found), max(largest, float(off.max()))
    return Parity(rows, largest, tolerance)


def flipped(found: Scores, expected: Expected, training: Training) -> NDArray[np.bool_]:
    """Whether the label of each row (n,) is another one."""
    if found.shape[1] == 1:  # values have no labels
        return np.zeros(len(found), dtype=bool)
    flips: NDArray[np.bool_] = decide(found, training.threshold) != decide(expected, training.threshold)
    return flips


def tables(X: Columns, contract: Contract) -> Iterator[tuple[str, Columns]]:
    """The rows a chunk at a time, then the probes; each with what its rows are called."""
    for held in chunks_of_columns(X):
        for start in range(0, len(next(iter(held.values()))), CHUNK):
            yield "training row", {name: values[start : start + CHUNK] for name, values in held.items()}
    yield "training rows and then probe", _probes(X, contract)


def _probes(X: Columns, contract: Contract) -> Columns:
    """The first row with all missing, with each column missing, and with each category unseen."""
    first = {name: values[0] for name, values in next(chunks_of_columns(X)).items()}
    missing = [first | {name: None} for name in first]
    unseen = [first | {name: UNSEEN} for name in contract.names("categorical")]
    texts = [first | {feature.name: text} for feature in contract.features if feature.free for text in GOLDEN_TEXTS]
    return to_columns([dict.fromkeys(first), *missing, *unseen, *texts], contract)


def sklearn_scores(training: Training, columns: Columns, contract: Contract) -> Expected:
    """What the pipeline says of rows, (n, classes) or (n, 1)."""
    frame, pipeline = to_frame(columns, contract, training.graph), training.pipeline
    scores = pipeline.predict(frame) if contract.task == "regression" else pipeline.predict_proba(frame)
    return np.asarray(scores, dtype=np.float64).reshape(len(frame), -1)


def told_difference(training: Training, where: str, found: Scores, expected: Expected, tolerance: float) -> str:
    """The row whose answers (classes,) differ, and what to change."""
    return (
        f"{training.where}: its ONNX file differs from scikit-learn at {where}: {expected.tolist()} became "
        f"{found.tolist()} (allowed: labels equal, difference ≤ {tolerance:.2g}){_advice(training.pipeline[-1])}"
    )


def _advice(estimator: BaseEstimator) -> str:
    """What to change, where it is known what differs in the last digits and what makes more of it."""
    for part in members(estimator):
        if isinstance(part, CalibratedClassifierCV) and part.method == "isotonic":
            return "; take train.calibration: isotonic of params.yaml, whose curve has no steps"
        if isinstance(part, Pipeline) and len(part) > 1 and takes_trees(part[-1]):
            return "; trees split between last digits of what another step gives: let them see the columns themselves"
        if isinstance(part, STACKS) and part.final_estimator is not None and takes_trees(part.final_estimator):
            return "; trees split between last digits of the members' answers: let a linear final_estimator join them"
    return ""
