"""LightGBM and XGBoost learn on the workers of a Dask cluster; what comes back is the package's own estimator.

The sums of gradients are added up in another order than on one machine, so a model equals another training of it
within intervals, not to the byte; workers and partitions are recorded with it.
"""

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from harness.core.cluster import DASK
from harness.core.cluster_jobs import run_on_cluster
from harness.core.contract import Contract
from harness.core.errors import ProjectError
from harness.core.params import TrainParams
from harness.core.paths import PARAMS_PATH
from harness.model.chunked_boosters import (
    Targets,
    sample_weights,
    why_whole,
    with_xgboost_trees,
    xgboost_settings,
)
from harness.model.estimator import package_of
from harness.model.training_matrix import TrainingMatrix

if TYPE_CHECKING:
    from distributed import Client

DISTRIBUTED_KEY = f"{PARAMS_PATH}: train.distributed"
TRAINED_WITH = ("scikit-learn", "scipy", "lightgbm", "xgboost-cpu", "xgboost")


@dataclass(frozen=True)
class DistributedFit:
    """A fitted estimator, and how many workers and partitions made it; nothing if it was this machine."""

    estimator: BaseEstimator
    by: dict[str, object] = field(default_factory=dict)


def trains_distributed(params: TrainParams, contract: Contract) -> bool:
    """Whether the cluster trains. An estimator that no cluster can train is trained here, which one line says.

    Raises ProjectError if params.yaml asks for it and no cluster is named.
    """
    if not params.distributed:
        return False
    if not os.environ.get(DASK):
        raise ProjectError(f"{DISTRIBUTED_KEY} needs a cluster: make pipeline DASK=tcp://host:8786 (docs/scale.md)")
    why = why_whole(params, contract)
    if why:
        print(f"{DISTRIBUTED_KEY}: {why} cannot be distributed; this training runs on this machine", flush=True)
    return not why


def fit_distributed(estimator: BaseEstimator, matrix: TrainingMatrix, y: Targets) -> DistributedFit:
    """Fit on all rows of the matrix, whose folder all workers see, and y (n,).

    Raises ProjectError if the cluster is not there, differs, or loses its scheduler or a worker.
    """
    address, package = os.environ[DASK], package_of(estimator)
    np.save(matrix.rows.folder / "target.npy", y)
    weights = sample_weights(estimator, y)
    if weights is not None:
        np.save(matrix.rows.folder / "weight.npy", weights)
    fit = {"lightgbm": _fit_lightgbm, "xgboost": _fit_xgboost}[package]
    workers: list[int] = []

    def train(client: "Client") -> BaseEstimator:
        workers.append(len(client.nthreads()))
        return fit(client, estimator, matrix, y, weights is not None)

    fitted = run_on_cluster(address, train, TRAINED_WITH, needs_each=True)
    by = {"by": f"{package}.dask", "workers": workers[0], "partitions": len(matrix.rows.chunks())}
    return DistributedFit(fitted, by)


def _features_of(matrix: TrainingMatrix, part: slice) -> NDArray[np.float64]:
    """A partition, made by a worker."""
    return matrix.part(part)


def _values_of(matrix: TrainingMatrix, part: slice, name: str) -> NDArray[np.generic]:
    return np.array(np.load(matrix.rows.folder / f"{name}.npy", mmap_mode="r")[part])


def _arrays(client: "Client", matrix: TrainingMatrix, weighted: bool) -> list[Any]:
    """X (n, width), y (n,) and the weights (n,) or None as Dask's arrays of one partition a chunk."""
    from dask import array, delayed  # noqa: PLC0415  optional

    sent = client.scatter(matrix, broadcast=True)
    parts = matrix.rows.chunks()
    made = [
        array.concatenate(
            [
                array.from_delayed(delayed(_features_of)(sent, part), (part.stop - part.start, matrix.width), float)
                for part in parts
            ]
        )
    ]
    for name in ("target", "weight") if weighted else ("target",):
        kind = np.load(matrix.rows.folder / f"{name}.npy", mmap_mode="r").dtype
        pieces = [array.from_delayed(delayed(_values_of)(sent, p, name), (p.stop - p.start,), kind) for p in parts]
        made.append(array.concatenate(pieces))
    return made if weighted else [*made, None]


def _fit_lightgbm(
    client: "Client", estimator: BaseEstimator, matrix: TrainingMatrix, y: Targets, weighted: bool
) -> BaseEstimator:
    import lightgbm  # noqa: PLC0415  optional

    del y
    settings = estimator.get_params()
    settings.pop("class_weight", None)  # the weights of the rows say it
    kind = getattr(lightgbm, f"Dask{type(estimator).__name__}")
    X, target, weight = _arrays(client, matrix, weighted)
    return kind(client=client, **settings).fit(X, target, sample_weight=weight).to_local()


def _fit_xgboost(
    client: "Client", estimator: BaseEstimator, matrix: TrainingMatrix, y: Targets, weighted: bool
) -> BaseEstimator:
    from xgboost import dask  # noqa: PLC0415  optional

    X, target, _ = _arrays(client, matrix, weighted)
    given = estimator.get_params()
    rows = dask.DaskQuantileDMatrix(client, X, target, max_bin=given["max_bin"] or 256, missing=given["missing"])
    settings = xgboost_settings(estimator, y)
    made = dask.train(client, settings, rows, num_boost_round=estimator.get_num_boosting_rounds())
    return with_xgboost_trees(estimator, made["booster"])
