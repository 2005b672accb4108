"""Stage `train` as a function: from prepared rows, and what src/ hands over, to a fitted pipeline."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline

from harness.core.contract import Contract, as_text
from harness.core.errors import ProjectError
from harness.core.files import file_hash, read_json
from harness.core.params import Params, TrainParams
from harness.core.paths import MODEL_PATH, PARAMS_PATH, pipeline_lock
from harness.core.prepared import Prepared, PreparedRows, feature_columns, target_values
from harness.core.working_folder import WorkingFolder
from harness.inference.predictor import Columns
from harness.model.chunked_boosters import fit_in_chunks
from harness.model.conformal import CalibrationRows, calibration_rows
from harness.model.distributed_boosters import DistributedFit, fit_distributed, trains_distributed
from harness.model.encoded_rows import encode_rows
from harness.model.estimator import MODEL_FILE, origin
from harness.model.export import check_convertible
from harness.model.features import Features
from harness.model.file_columns import FileColumns, chunks_of_columns
from harness.model.inner_folds import keep_together
from harness.model.memory import choose_chunks
from harness.model.own_estimator import own_estimator
from harness.model.pipeline import Training, build_pipeline, refused_in_one_line, to_frame
from harness.model.repeatable import check_repeatable
from harness.model.training_matrix import fit_features
from harness.model.tuning import train_pipeline

if TYPE_CHECKING:
    from harness.model.trace import FeatureGraph

SCORED_TOO = "cross_validate"  # of train
CAME_LATER = ("conformal", "categories", "distributed")


@dataclass(frozen=True)
class TrainingRows:
    """What is learnt from: columns, target y and groups of the training rows, each (n,), in order of time if any."""

    contract: Contract
    columns: Columns
    y: NDArray[np.generic]
    groups: NDArray[np.generic] | None
    hashes: dict[str, str]  # of data, parameters and lock: what the model is made of
    order: NDArray[np.int64] | None = None  # of columns that stay in their file: which row comes first, …

    def take(self, rows: NDArray[np.bool_]) -> "TrainingRows":
        """The rows of a mask (n,)."""
        columns = {name: np.asarray(values)[rows] for name, values in self.columns.items()}
        return replace(self, columns=columns, y=self.y[rows], groups=None if self.groups is None else self.groups[rows])


def read_training_rows(prepared: Prepared, params: Params) -> TrainingRows:
    """The training rows of a prepared data set. Raises ProjectError if it is missing."""
    contract, rows = prepared.read_contract(), prepared.open_rows("train")
    hashes = {
        "data": read_json(prepared.folder / "profile.json")["data_sha256"],
        "params": sha256(_model_params(params).encode()).hexdigest(),
        "lock": file_hash(pipeline_lock()),
    }
    if trains_distributed(params.train, contract) or choose_chunks(rows, contract, params.train):
        return _open_training_rows(rows, contract, hashes)
    frame = prepared.read_rows("train")
    if contract.time:
        frame = frame.sort_values(contract.time, kind="stable")
    groups = frame[contract.group].map(as_text).to_numpy() if contract.group else None
    return TrainingRows(contract, feature_columns(frame, contract), target_values(frame, contract), groups, hashes)


def _open_training_rows(rows: PreparedRows, contract: Contract, hashes: dict[str, str]) -> TrainingRows:
    """Target and groups; the features stay in their file."""
    order = np.arange(len(rows))
    if contract.time:
        times = rows[contract.time].reset_index(drop=True)
        order = times.sort_values(kind="stable").index.to_numpy()
    groups = rows[contract.group].map(as_text).to_numpy()[order] if contract.group else None
    y, columns = target_values(rows, contract)[order], FileColumns(rows, contract)
    return TrainingRows(contract, columns, y, groups, hashes, order if contract.time else None)


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
    if isinstance(rows.columns, FileColumns):
        return replace(_train_in_chunks(rows, params, graph, estimator), graph=graph)
    rows, held = _apart(rows, params)
    X = to_frame(rows.columns, rows.contract, graph)
    if where == MODEL_FILE:
        check_repeatable(X, rows.y, rows.contract.widened(), params.train, estimator)
    training = train_pipeline(X, rows.y, rows.contract.widened(), params.train, rows.groups, estimator)
    return replace(training, graph=graph, held=held, where=where)


def _train_in_chunks(
    rows: TrainingRows, params: Params, graph: "FeatureGraph | None", estimator: BaseEstimator
) -> Training:
    """What `train_pipeline` would make, of rows that are not held. Raises ProjectError if the estimator is another."""
    if not isinstance(rows.columns, FileColumns) or origin(estimator, params.train) == MODEL_FILE:
        why = "train.distributed works with" if params.train.distributed else "rows that do not fit into memory need"
        raise ProjectError(f"{MODEL_FILE}: {why} an estimator named in {PARAMS_PATH}: train.estimator")
    contract = rows.contract.widened()
    pipeline = build_pipeline(contract, params.train, estimator)
    if rows.groups is not None or contract.time:
        pipeline = keep_together(pipeline, rows.groups is not None, contract.task != "regression")
    threshold = params.train.threshold.value if contract.task == "binary" else None
    folder = WorkingFolder(MODEL_PATH.parent.parent, ".train-")
    with folder.kept_if_all_is_well(), refused_in_one_line(pipeline[-1], params.train):
        encoded = encode_rows(rows.columns, rows.contract, graph, rows.order, rows.groups, folder.path)
        matrix = fit_features(pipeline["features"], encoded, rows.y)
        double = pipeline["double"].fit(matrix.part(slice(0, 1)))
        if params.train.distributed:
            made = fit_distributed(pipeline[-1], matrix, rows.y)
        else:
            made = DistributedFit(fit_in_chunks(pipeline[-1], matrix, rows.y))
    steps = [("features", matrix.features), ("double", double), ("estimator", made.estimator)]
    return Training(Pipeline(steps), threshold, {}, {}, distributed=made.by)


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
    for chunk in chunks_of_columns(rows.columns):
        graph.check(chunk)
    return graph
