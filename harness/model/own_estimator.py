"""The estimator that src/model.py returns: checked, and made such that two trainings give the same file."""

from collections.abc import Callable

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.ensemble import StackingClassifier, VotingClassifier, VotingRegressor
from sklearn.linear_model import LogisticRegression

from harness.core.contract import Contract
from harness.core.errors import ProjectError
from harness.core.hooks import call_hook, place
from harness.core.params import TrainParams
from harness.model.estimator import gives_probabilities, is_estimator, members, suits

SEED = "random_state"


def own_estimator(model: Callable[..., object], contract: Contract, params: TrainParams) -> BaseEstimator:
    """The unfitted estimator that the function of src/model.py returns.

    Raises ProjectError, naming its line, if it fails, or returns what is no estimator for the task.
    """
    estimator: BaseEstimator = call_hook(model, object, contract, params)
    if not is_estimator(estimator):
        found = type(estimator).__name__
        raise ProjectError(f"{place(model)}: {model.__name__} must return a BaseEstimator, got {found}")
    if not suits(estimator, contract):
        found = type(estimator).__name__
        raise ProjectError(
            f"{place(model)}: {model.__name__} must return an estimator for {contract.task}, got {found}"
        )
    scored = gives_probabilities(estimator) or hasattr(estimator, "decision_function")
    if contract.task != "regression" and not scored:
        found = type(estimator).__name__
        raise ProjectError(f'{place(model)}: {found} gives no probabilities; a vote gives them with voting="soft"')
    if _settings(estimator) != _settings(call_hook(model, object, contract, params)):
        raise ProjectError(f"{place(model)}: {model.__name__} returns another estimator each time it is called")
    for part in members(estimator):
        _settle(part, params, place(model))
    return estimator


def _settle(part: BaseEstimator, params: TrainParams, where: str) -> None:
    """Make of an estimator, or a member, what can be exported and repeated."""
    if isinstance(part, VotingClassifier):  # about `transform` alone, which no one asks; or it is not exported
        part.set_params(flatten_transform=False)
    if isinstance(part, VotingClassifier | VotingRegressor) and part.weights is not None:
        part.set_params(weights=np.asarray(part.weights))  # a list is not exported
    if isinstance(part, StackingClassifier) and part.final_estimator is None:
        part.set_params(final_estimator=LogisticRegression())  # its default; a calibration wants to see it
    seed = part.get_params(deep=False).get(SEED, 0)
    if seed is None:
        part.set_params(random_state=params.random_state)  # two trainings give the same model
    elif not isinstance(seed, int | np.integer):
        name = type(part).__name__
        raise ProjectError(f"{where}: {name}: random_state must be a whole number, got {type(seed).__name__}")


def _settings(estimator: object) -> dict[str, object]:
    """Those of an estimator and its members that can be compared; seeds are settled here."""
    found = estimator.get_params(deep=True) if is_estimator(estimator) else {}  # type: ignore[attr-defined]
    plain = (bool, int, float, str, type(None))
    return {name: value for name, value in found.items() if isinstance(value, plain) and not name.endswith(SEED)}
