"""Stage `train` as a function: from prepared rows, and what src/ hands over, to a fitted pipeline."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from harness.core.contract import Contract, as_text
from harness.core.files import file_hash, read_json
from harness.core.params import Params, TrainParams
from harness.core.paths import pipeline_lock
from harness.core.prepared import Prepared, feature_columns, target_values
from harness.inference.predictor import Columns
from harness.model.conformal import CalibrationRows, calibration_rows
from harness.model.estimator import MODEL_FILE, origin
from harness.model.export import check_convertible
from harness.model.features import Features
from harness.model.memory import check_memory
from harness.model.own_estimator import own_estimator
from harness.model.pipeline import Training, to_frame
from harness.model.repeatable import check_repeatable
from harness.model.tuning import train_pipeline

if TYPE_CHECKING:
    from harness.model.trace import FeatureGraph

SCORED_TOO = "cross_validate"  # of train
CAME_LATER = ("conformal", "categories")


@dataclass(frozen=True)
class TrainingRows:
    """What is learnt from: columns, target y and groups of the training rows, each (n,), in order of time if any."""

    contract: Contract
    columns: Columns
    y: NDArray[np.generic]
    groups: NDArray[np.generic] | None
    hashes: dict[str, str]  # of data, parameters and lock: what the model is made of

    def take(self, rows: NDArray[np.bool_]) -> "TrainingRows":
        """The rows of a mask (n,)."""
        columns = {name: np.asarray(values)[rows] for name, values in self.columns.items()}
        return replace(self, columns=columns, y=self.y[rows], groups=None if self.groups is None else self.groups[rows])


def read_training_rows(prepared: Prepared, params: Params) -> TrainingRows:
    """The training rows of a prepared data set. Raises ProjectError if it is missing."""
    contract = prepared.read_contract()
    check_memory(prepared.open_rows("train"), contract)
    frame = prepared.read_rows("train")
    if contract.time:
        frame = frame.sort_values(contract.time, kind="stable")
    groups = frame[contract.group].map(as_text).to_numpy() if contract.group else None
    hashes = {
        "data": read_json(prepared.folder / "profile.json")["data_sha256"],
        "params": sha256(_model_params(params).encode()).hexdigest(),
        "lock": file_hash(pipeline_lock()),
    }
    return TrainingRows(contract, feature_columns(frame, contract), target_values(frame, contract), groups, hashes)


def _model_params(params: Params) -> str:
    """What of params.yaml a model is made of: that its training is scored as well changes no model.

    A key that came later is left out where it says nothing.
    """
    defaults = {key: TrainParams.model_fields[key].default for key in CAME_LATER}
    unset = {SCORED_TOO, *(key for key, value in defaults.items() if getattr(params.train, key) == value)}
    return params.model_dump_json(include={"task", "train"}, exclude={"train": unset})


def train_model(rows: TrainingRows, params: Params, features: Features, model: Callable[..., object]) -> Training:
    """Fit what src/features.py and src/model.py say. Raises ProjectError if they, or the parameters, are at fault."""
    graph = _feature_graph(features, rows)
    estimator = own_estimator(model, rows.contract, params.train)
    where = origin(estimator, params.train)
    check_convertible(estimator, rows.contract, where if where != MODEL_FILE else f"{where}:")
    rows, held = _apart(rows, params)
    X = to_frame(rows.columns, rows.contract, graph)
    if where == MODEL_FILE:
        check_repeatable(X, rows.y, rows.contract.widened(), params.train, estimator)
    training = train_pipeline(X, rows.y, rows.contract.widened(), params.train, rows.groups, estimator)
    return replace(training, graph=graph, held=held, where=where)


def _apart(rows: TrainingRows, params: Params) -> tuple[TrainingRows, CalibrationRows | None]:
    """The rows to learn from, and, where params.yaml asks for them, those for prediction intervals or sets."""
    asked = params.train.conformal
    if asked == "none":
        return rows, None
    kept = calibration_rows(rows.contract, rows.groups, len(rows.y), asked, params.train.random_state)
    held = rows.take(kept)
    return rows.take(~kept), CalibrationRows(held.columns, held.y, held.groups, asked)


def _feature_graph(features: Features, rows: TrainingRows) -> "FeatureGraph | None":
    """The traced function where it makes columns: it is checked before anything is fitted."""
    if not rows.contract.derived:
        return None
    from harness.model.trace import FeatureGraph  # noqa: PLC0415  half a second, which most projects do not need

    graph = FeatureGraph(features, rows.contract)
    graph.check(rows.columns)
    return graph
