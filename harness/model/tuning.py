"""Cross-validated choices: the estimator's parameters (search) and the decision threshold."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from sklearn.base import BaseEstimator
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  (its import is the switch)
from sklearn.metrics import confusion_matrix, get_scorer, make_scorer
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    HalvingRandomSearchCV,
    KFold,
    RandomizedSearchCV,
    StratifiedGroupKFold,
    StratifiedKFold,
    TimeSeriesSplit,
    TunedThresholdClassifierCV,
)
from sklearn.pipeline import Pipeline

from harness.core.contract import Contract
from harness.core.errors import ProjectError
from harness.core.params import Range, ThresholdParams, TrainParams
from harness.core.paths import PARAMS_PATH
from harness.model.cross_validation import Folds, cross_validated, told_as_metric
from harness.model.inner_folds import keep_together, plain
from harness.model.pipeline import Training, build_pipeline, fit
from harness.model.search_by_cluster import fit_searching

Values = NDArray[np.generic]  # one a row


def train_pipeline(
    X: pd.DataFrame,
    y: Values,
    contract: Contract,
    params: TrainParams,
    groups: Values | None = None,
    estimator: BaseEstimator | None = None,
) -> Training:
    """Search where asked, fit on all rows, choose the threshold. Raises ProjectError for impossible parameters."""
    pipeline = build_pipeline(contract, params, estimator)
    chosen: dict[str, object] = {}
    scores: dict[str, float] = {}
    binary, tuned = contract.task == "binary", params.threshold.method == "tuned"
    if groups is not None:
        X = X.set_axis(pd.factorize(groups)[0], axis=0)
    if groups is not None or contract.time:  # the rows come in the order of time
        pipeline = keep_together(pipeline, groups is not None, contract.task != "regression")
    folded = params.search.method != "none" or (binary and tuned) or params.cross_validate
    folds = make_folds(X, y, contract, params, groups) if folded else []
    if params.search.method != "none":
        search = _search(pipeline, folds, params)
        search = fit_searching(search, X, y, params)
        pipeline = search.best_estimator_
        _check_score(search.best_score_, params)
        chosen = {name.rpartition("__")[2]: value for name, value in search.best_params_.items()}
        scores |= told_as_metric(params.search.scoring, float(search.best_score_))
    if params.cross_validate:
        scores |= cross_validated(pipeline, X, y, folds, contract.task)
    if binary and tuned:
        tuner = TunedThresholdClassifierCV(pipeline, scoring=_threshold_scorer(params.threshold), cv=folds, n_jobs=-1)
        fit(tuner, X, y, params)
        scores[f"tuned_{params.threshold.metric}"] = float(tuner.best_score_)
        return Training(plain(tuner.estimator_), round(float(tuner.best_threshold_), 6), chosen, scores)
    if params.search.method == "none":
        fit(pipeline, X, y, params)
    return Training(plain(pipeline), params.threshold.value if binary else None, chosen, scores)


def _check_score(score: float, params: TrainParams) -> None:
    if not np.isfinite(score):
        name = params.search.scoring
        raise ProjectError(
            f"{PARAMS_PATH}: train.search.scoring {name} is undefined in a fold "
            "(a class is too rare, or the score is for another task)"
        )


def make_folds(X: pd.DataFrame, y: Values, contract: Contract, params: TrainParams, groups: Values | None) -> Folds:
    if contract.time:
        return list(TimeSeriesSplit(params.cv).split(X))  # the rows come in the order of time
    options: dict[str, object] = {"n_splits": params.cv, "shuffle": True, "random_state": params.random_state}
    stratified = contract.task != "regression"
    if groups is not None:
        splitter = StratifiedGroupKFold(**options) if stratified else GroupKFold(**options)
    else:
        splitter = StratifiedKFold(**options) if stratified else KFold(**options)
    try:
        return list(splitter.split(X, y, groups))
    except ValueError as error:
        raise ProjectError(f"{PARAMS_PATH}: train.cv: {' '.join(str(error).split())}, got {params.cv}") from None


def _search(pipeline: Pipeline, folds: Folds, params: TrainParams) -> BaseEstimator:
    search = params.search
    prefix = "estimator__" if "estimator" not in pipeline[-1].get_params() else "estimator__estimator__"
    for name in search.space:
        if prefix + name not in pipeline.get_params():
            raise ProjectError(f"{PARAMS_PATH}: train.search.space.{name} is not a parameter of {params.estimator}")
    space = {prefix + name: _candidates(values) for name, values in search.space.items()}
    options: dict[str, object] = {
        "scoring": _named_scorer(search.scoring, "train.search.scoring"),
        "cv": folds,
        "n_jobs": -1,
        "verbose": 1,
    }
    if search.method == "grid":
        return GridSearchCV(pipeline, space, **options)
    options["random_state"] = params.random_state
    if search.method == "random":
        return RandomizedSearchCV(pipeline, space, n_iter=search.n_iter, **options)
    return HalvingRandomSearchCV(pipeline, space, n_candidates=search.n_iter, min_resources="exhaust", **options)


def _candidates(values: Range | list[object]) -> object:
    if isinstance(values, list):
        return values
    whole = isinstance(values.low, int) and isinstance(values.high, int)
    if values.log and whole:
        return np.unique(np.geomspace(values.low, values.high, 1000).round().astype(int)).tolist()
    if values.log:
        return stats.loguniform(values.low, values.high)
    return stats.randint(values.low, values.high + 1) if whole else stats.uniform(values.low, values.high - values.low)


def _threshold_scorer(params: ThresholdParams) -> object:
    if params.metric != "cost":
        scorer = _named_scorer(params.metric, "train.threshold.metric")
        if getattr(scorer, "_response_method", "predict") != "predict":
            raise ProjectError(
                f"{PARAMS_PATH}: train.threshold.metric must judge labels (f1, say), got {params.metric!r}"
            )
        return scorer

    def saved(y: Values, predicted: Values) -> float:
        (_, false_positive), (false_negative, _) = confusion_matrix(y, predicted, labels=[0, 1])
        cost = params.cost.false_positive * false_positive + params.cost.false_negative * false_negative
        return -float(cost) / len(y)

    return make_scorer(saved)


def _named_scorer(name: str, key: str) -> object:
    try:
        return get_scorer(name)
    except ValueError:
        raise ProjectError(f"{PARAMS_PATH}: {key} must be the name of a scikit-learn score, got {name!r}") from None
