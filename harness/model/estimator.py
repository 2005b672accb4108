"""The estimator: the one that params.yaml names, or what src/model.py returns in its place."""

import importlib
from collections.abc import Callable, Iterator

from sklearn.base import BaseEstimator, is_classifier, is_regressor

from harness.core.contract import Contract
from harness.core.errors import ProjectError
from harness.core.hooks import call_hook, place
from harness.core.params import TrainParams
from harness.core.paths import PARAMS_PATH

# Where scikit-learn keeps them: estimators of trees; those that only join others; averages of trees.
TREES = ("sklearn.tree", "sklearn.ensemble")
MEETINGS = ("sklearn.ensemble._voting", "sklearn.ensemble._stacking")
FOREST = "sklearn.ensemble._forest"
SCORES = ("predict_proba", "decision_function")


def own_estimator(model: Callable[..., object], contract: Contract, params: TrainParams) -> BaseEstimator:
    """The unfitted estimator that the function of src/model.py returns.

    Raises ProjectError, naming its line, if it fails, or returns what is no estimator for the task.
    """
    estimator = call_hook(model, BaseEstimator, contract, params)
    if not _suits(estimator, contract):
        found = type(estimator).__name__
        raise ProjectError(
            f"{place(model)}: {model.__name__} must return an estimator for {contract.task}, got {found}"
        )
    if contract.task != "regression" and not any(hasattr(estimator, name) for name in SCORES):
        found = type(estimator).__name__
        raise ProjectError(f'{place(model)}: {found} gives no probabilities; a vote gives them with voting="soft"')
    return estimator


def members(estimator: BaseEstimator) -> Iterator[BaseEstimator]:
    """The estimator and those that it is made of: what a vote, a stack or a Pipeline holds."""
    yield estimator
    for value in estimator.get_params(deep=False).values():
        for part in value if isinstance(value, list) else [value]:
            inner = part[1] if isinstance(part, tuple) and len(part) > 1 else part
            if isinstance(inner, BaseEstimator):
                yield from members(inner)


def takes_trees(estimator: BaseEstimator) -> bool:
    """Whether trees are in it: they split where they split, and a scaler before them would only round their numbers."""
    kinds = [type(part).__module__ for part in members(estimator)]
    return any(kind.startswith(TREES) and not kind.startswith(MEETINGS) for kind in kinds)


def is_forest(estimator: BaseEstimator) -> bool:
    """Whether it is an average of many trees, whose sum has to be made in double precision."""
    return type(estimator).__module__.startswith(FOREST)


def build_estimator(contract: Contract, params: TrainParams) -> BaseEstimator:
    """The estimator that params.yaml names, with its parameters; ProjectError if there is none."""
    kind = _estimator_class(params.estimator)
    known = kind._get_param_names()
    for name in params.params:
        if name not in known:
            raise ProjectError(
                f"{PARAMS_PATH}: train.params.{name} is not a parameter of {params.estimator}; "
                f"it has {', '.join(known)}"
            )
    settings: dict[str, object] = {"random_state": params.random_state} if "random_state" in known else {}
    if params.class_weight != "none":
        if "class_weight" not in known:
            raise ProjectError(
                f"{PARAMS_PATH}: train.class_weight must be none: {params.estimator} takes no class weights"
            )
        settings["class_weight"] = _class_weight(contract, params)
    try:
        estimator: BaseEstimator = kind(**{**settings, **params.params})
    except TypeError as error:
        raise ProjectError(
            f"{PARAMS_PATH}: train.estimator {params.estimator} needs more than parameters: {error}"
        ) from None
    if not _suits(estimator, contract):
        raise ProjectError(
            f"{PARAMS_PATH}: train.estimator must be fit for task.type {contract.task}, got {params.estimator}"
        )
    return estimator


def _suits(estimator: BaseEstimator, contract: Contract) -> bool:
    return bool(is_regressor(estimator) if contract.task == "regression" else is_classifier(estimator))


def _estimator_class(path: str) -> type[BaseEstimator]:
    module, _, name = path.rpartition(".")
    if module.split(".")[0] == "sklearn":
        try:
            kind = getattr(importlib.import_module(module), name, None)
        except ImportError:
            kind = None
        if isinstance(kind, type) and issubclass(kind, BaseEstimator):
            return kind
    raise ProjectError(f"{PARAMS_PATH}: train.estimator must be the path of a scikit-learn estimator, got {path!r}")


def _class_weight(contract: Contract, params: TrainParams) -> str | dict[int, float]:
    if not isinstance(params.class_weight, dict):
        return params.class_weight
    for label in params.class_weight:
        if label not in contract.classes:
            raise ProjectError(
                f"{PARAMS_PATH}: train.class_weight must name labels of {list(contract.classes)}, got {label!r}"
            )
    return {contract.classes.index(label): weight for label, weight in params.class_weight.items()}
