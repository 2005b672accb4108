"""LightGBM and XGBoost learn from chunks of rows: only their own bins are held, and the trees are the same ones."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.utils.class_weight import compute_sample_weight

from harness.core.contract import Contract
from harness.core.params import TrainParams
from harness.model.estimator import package_of
from harness.model.training_matrix import TrainingMatrix

Targets = NDArray[np.generic]
FIRSTS = 100  # rows of each class, from which LightGBM's estimator learns what it is
# What of a training needs all of the matrix at once: parameters of params.yaml, and of the two packages.
IN_CHUNKS_ONLY_WITH: Mapping[str, Mapping[str, tuple[object, ...]]] = {
    "lightgbm": {},
    "xgboost": {
        "booster": (None, "gbtree"),
        "tree_method": (None, "auto", "hist"),
        "early_stopping_rounds": (None,),
        "enable_categorical": (None, False),
        "feature_types": (None,),
        "callbacks": (None,),
        "feature_weights": (None,),  # `fit` alone hands them over
    },
}


def why_whole(params: TrainParams, contract: Contract) -> str | None:
    """Why a training needs all rows at once; None if it can have chunks."""
    package = params.estimator.split(".")[0]
    if package not in IN_CHUNKS_ONLY_WITH:
        return f"train.estimator {params.estimator}"
    for name, allowed in IN_CHUNKS_ONLY_WITH[package].items():
        if params.params.get(name) not in allowed:
            return f"train.params.{name}"
    if any(feature.free for feature in contract.features):
        return "a text column"
    asked = {
        "train.search": params.search.method,
        "train.calibration": params.calibration,
        "train.conformal": params.conformal,
        "train.cross_validate": params.cross_validate or "none",
        "train.threshold": "none" if params.threshold.method == "fixed" else "tuned",
    }
    return next((key for key, value in asked.items() if value != "none"), None)


def fit_in_chunks(estimator: BaseEstimator, matrix: TrainingMatrix, y: Targets) -> BaseEstimator:
    """The estimator fitted on all rows of the matrix and y (n,): to the last bit what its own `fit` would make."""
    return FITS[package_of(estimator)](estimator, matrix, y)


def sample_weights(estimator: BaseEstimator, y: Targets) -> NDArray[np.float64] | None:
    """Of each row (n,), where classes have weights."""
    chosen = estimator.get_params().get("class_weight")
    return None if chosen is None else np.asarray(compute_sample_weight(chosen, y))


def xgboost_settings(estimator: BaseEstimator, y: Targets) -> dict[str, Any]:
    """The parameters of a training, as XGBoost's estimator makes them of its own."""
    settings: dict[str, Any] = estimator.get_xgb_params()
    classes = len(np.unique(y)) if hasattr(estimator, "predict_proba") else 0
    if classes > 2:
        kind = settings.get("objective")
        objective = kind if kind == "multi:softmax" else "multi:softprob"
        settings |= {"objective": objective, "num_class": classes}
    return settings


def with_xgboost_trees(estimator: BaseEstimator, booster: Any) -> BaseEstimator:
    """XGBoost's estimator with what a training has made."""
    fitted = clone(estimator)
    fitted.load_model(bytearray(booster.save_raw("ubj")))
    return fitted


def _fit_lightgbm(estimator: BaseEstimator, matrix: TrainingMatrix, y: Targets) -> BaseEstimator:
    import lightgbm  # noqa: PLC0415  optional

    class Chunks(lightgbm.Sequence):  # type: ignore[misc]
        """Rows as LightGBM asks for them: one by one in order for its sample, then all in batches."""

        batch_size = matrix.rows.chunks()[0].stop

        def __init__(self) -> None:
            self._held, self._made = slice(0, 0), np.empty((0, 0))

        def __len__(self) -> int:
            return matrix.rows.rows

        def __getitem__(self, asked: int | slice) -> NDArray[np.float64]:
            if isinstance(asked, slice):
                return matrix.part(slice(asked.start, min(asked.stop, len(self))))
            if not self._held.start <= asked < self._held.stop:
                self._held = next(part for part in matrix.rows.chunks() if part.start <= asked < part.stop)
                self._made = matrix.part(self._held)
            row: NDArray[np.float64] = self._made[asked - self._held.start].copy()
            return row

    fitted = _few_rows(estimator, matrix, y)
    # A Dataset of chunks knows the seed of its sample by no other way.
    seed = re.search(r"^\[data_random_seed: (\d+)\]$", fitted.booster_.model_to_string(), re.MULTILINE)
    sampled = {"data_random_seed": int(seed.group(1))} if seed else {}
    settings = fitted.booster_.params | sampled
    rows = lightgbm.Dataset(Chunks(), y, weight=sample_weights(estimator, y), params=settings)
    fitted._Booster = lightgbm.train(settings, rows)  # what `fit` does: there is no other way to hand it over
    return fitted


def _few_rows(estimator: BaseEstimator, matrix: TrainingMatrix, y: Targets) -> BaseEstimator:
    """Fitted on the first rows, of each class: it knows its classes, its columns and its parameters' own names.

    The largest value is among them: LightGBM refuses a count whose rows are all 0.
    """
    classes = np.unique(y).tolist() if hasattr(estimator, "predict_proba") else []
    firsts = [np.flatnonzero(y == label)[:FIRSTS] for label in classes] or [np.arange(min(FIRSTS, len(y)))]
    places = np.unique(np.concatenate([*firsts, [np.argmax(y)]]))
    parts = [(part, places[(places >= part.start) & (places < part.stop)]) for part in matrix.rows.chunks()]
    made = [matrix.part(part)[inside - part.start] for part, inside in parts if len(inside)]
    return clone(estimator).fit(np.concatenate(made), y[places])


def _fit_xgboost(estimator: BaseEstimator, matrix: TrainingMatrix, y: Targets) -> BaseEstimator:
    import xgboost  # noqa: PLC0415  optional

    class Chunks(xgboost.DataIter):  # type: ignore[misc]
        """One chunk after the other, as often as XGBoost begins again."""

        def __init__(self) -> None:
            self._left = iter(matrix.rows.chunks())
            super().__init__()

        def next(self, input_data: Callable[..., None]) -> bool:
            part = next(self._left, None)
            if part is not None:
                input_data(data=matrix.part(part), label=y[part])
            return part is not None

        def reset(self) -> None:
            self._left = iter(matrix.rows.chunks())

    given = estimator.get_params()
    options = {"max_bin": given["max_bin"], "nthread": given["n_jobs"], "missing": given["missing"]}
    rows = xgboost.QuantileDMatrix(Chunks(), **options)
    made = xgboost.train(xgboost_settings(estimator, y), rows, estimator.get_num_boosting_rounds())
    return with_xgboost_trees(estimator, made)


FITS: Mapping[str, Callable[[BaseEstimator, TrainingMatrix, Targets], BaseEstimator]] = {
    "lightgbm": _fit_lightgbm,
    "xgboost": _fit_xgboost,
}
