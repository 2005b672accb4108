"""The estimator: by default the one that params.yaml names. Return your own if a name is not enough."""

from sklearn.base import BaseEstimator

from harness.core.contract import Contract
from harness.core.params import TrainParams
from harness.model.estimator import build_estimator


def model(contract: Contract, params: TrainParams) -> BaseEstimator:
    """An estimator that is not fitted yet. Features are encoded before it, and both are exported together.

    For example: return VotingClassifier([("a", build_estimator(contract, params)), ("b", LogisticRegression())],
    voting="soft"), with the two imported from sklearn.ensemble and sklearn.linear_model.
    """
    return build_estimator(contract, params)
