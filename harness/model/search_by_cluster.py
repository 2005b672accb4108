"""The fits of a search: by the processes of this machine, or by the workers of the cluster that DASK names."""

import os
from concurrent.futures import CancelledError

import numpy as np
import pandas as pd
from joblib import parallel_config
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from harness.core.cluster import DASK, SEE_LOGS
from harness.core.cluster_jobs import run_on_cluster
from harness.core.errors import ProjectError
from harness.core.params import TrainParams
from harness.model.pipeline import fit

# Their versions decide what a fit gives; where one is absent here, it must not be there either.
FITTED_WITH = ("scikit-learn", "scipy", "joblib", "skl2onnx", "lightgbm", "xgboost-cpu", "xgboost", "catboost")
ATTEMPTS = 3


def fit_searching(search: BaseEstimator, X: pd.DataFrame, y: NDArray[np.generic], params: TrainParams) -> BaseEstimator:
    """Fit a search on X (n, columns), y (n,): each candidate and fold is one call, so that the result is the same."""
    address = os.environ.get(DASK)
    if not address:
        return fit(search, X, y, params)

    def spread(client: object) -> BaseEstimator:
        for _ in range(ATTEMPTS):
            try:
                with parallel_config(backend="dask", client=client):
                    return fit(search, X, y, params)
            except CancelledError:  # a worker died with results that joblib had not fetched: they are made again
                continue
        raise ProjectError(f"DASK={address}: its workers died in {ATTEMPTS} searches in a row ({SEE_LOGS})")

    return run_on_cluster(address, spread, FITTED_WITH)
