"""The estimator that params.yaml names, and what kind of estimator one is."""

import importlib
import inspect
from collections.abc import Iterator, Mapping

from sklearn.base import BaseEstimator, is_classifier, is_regressor
from sklearn.ensemble import StackingClassifier

from harness.core.contract import Contract
from harness.core.errors import ProjectError
from harness.core.nearest import did_you_mean
from harness.core.params import TrainParams
from harness.core.paths import PARAMS_PATH

# Where scikit-learn keeps them: estimators of trees; those that only join others; averages of trees.
TREES = ("sklearn.tree", "sklearn.ensemble")
MEETINGS = ("sklearn.ensemble._voting", "sklearn.ensemble._stacking")
# Averages of trees, and what adds up many small terms: in float32 their sums are off by 1e-6 and more.
SUMMED = ("ensemble._forest", "linear_model._base", "naive_bayes", "discriminant_analysis", "neural_network")
SUMS = tuple(f"sklearn.{name}" for name in SUMMED)
# Packages of the optional group, and their settings if params.yaml has none: quiet, repeatable.
BOOSTERS: Mapping[str, Mapping[str, object]] = {
    "lightgbm": {"verbose": -1, "deterministic": True, "force_row_wise": True},
    "xgboost": {"verbosity": 0},
    "catboost": {"verbose": False, "allow_writing_files": False},
}
BOOSTERS_GROUP = "boosters"
MODEL_FILE = "src/model.py"


def origin(estimator: BaseEstimator, params: TrainParams) -> str:
    """Where an estimator was chosen, for errors: params.yaml, or src/model.py where it is not the one named there."""
    named = type(estimator).__name__ == params.estimator.rpartition(".")[2]
    return f"{PARAMS_PATH}: train.estimator" if named else MODEL_FILE


def members(estimator: BaseEstimator) -> Iterator[BaseEstimator]:
    """The estimator and those that it is made of: what a vote, a stack or a Pipeline holds."""
    yield estimator
    for value in estimator.get_params(deep=False).values():
        for part in value if isinstance(value, list) else [value]:
            inner = part[1] if isinstance(part, tuple) and len(part) > 1 else part
            if is_estimator(inner):
                yield from members(inner)


def is_estimator(value: object) -> bool:
    """Whether this is an estimator, of scikit-learn's kind or CatBoost's."""
    return isinstance(value, BaseEstimator) or (package_of(value) in BOOSTERS and hasattr(value, "get_params"))


def package_of(value: object) -> str:
    """The package that a value's class comes from: sklearn, lightgbm, …"""
    return type(value).__module__.split(".")[0]


def gives_probabilities(estimator: BaseEstimator) -> bool:
    """Whether it has predict_proba; a stack that is not fitted yet does not know, its last estimator does."""
    if isinstance(estimator, StackingClassifier):
        return estimator.final_estimator is None or gives_probabilities(estimator.final_estimator)
    return hasattr(estimator, "predict_proba")


def takes_trees(estimator: BaseEstimator) -> bool:
    """Whether trees are in it: they split where they split, and a scaler before them would only round their numbers."""
    kinds = [type(part).__module__ for part in members(estimator)]
    trees = (*TREES, *BOOSTERS)
    return any(kind.startswith(trees) and not kind.startswith(MEETINGS) for kind in kinds)


def takes_doubles(estimator: BaseEstimator) -> bool:
    """Whether what it adds up, as many trees, is added up in double precision; scikit-learn's boosting needs none."""
    kinds = [type(part).__module__ for part in members(estimator)]
    return any(kind.startswith((*SUMS, *BOOSTERS)) for kind in kinds)


def build_estimator(contract: Contract, params: TrainParams) -> BaseEstimator:
    """The estimator that params.yaml names, with its parameters; ProjectError if there is none."""
    kind = _estimator_class(params.estimator)
    known = _parameters(kind)
    for name in params.params:
        if name not in known:
            raise ProjectError(
                f"{PARAMS_PATH}: train.params.{name} is not a parameter of {params.estimator}"
                f"{did_you_mean(name, known)}; it has {', '.join(known)}"
            )
    settings: dict[str, object] = dict(BOOSTERS.get(params.estimator.split(".")[0], {}))
    settings |= {"random_state": params.random_state} if "random_state" in known else {}
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
    if not suits(estimator, contract):
        raise ProjectError(
            f"{PARAMS_PATH}: train.estimator must be fit for task.type {contract.task}, got {params.estimator}"
        )
    return estimator


def suits(estimator: BaseEstimator, contract: Contract) -> bool:
    """Whether it is a regressor where values are predicted, a classifier where classes are."""
    return bool(is_regressor(estimator) if contract.task == "regression" else is_classifier(estimator))


def _estimator_class(path: str) -> type[BaseEstimator]:
    module, _, name = path.rpartition(".")
    package = module.split(".")[0]
    if package == "sklearn" or package in BOOSTERS:
        try:
            kind = getattr(importlib.import_module(module), name, None)
        except ImportError:
            if package in BOOSTERS:
                raise ProjectError(
                    f"{PARAMS_PATH}: train.estimator {path} needs the optional group {BOOSTERS_GROUP}, "
                    f"which is not installed; run: make setup WITH={BOOSTERS_GROUP}"
                ) from None
            kind = None
        except OSError as error:  # LightGBM's wheel brings no libgomp
            raise ProjectError(
                f"{PARAMS_PATH}: train.estimator {path} needs a library of the system: {error}; on Debian: "
                "apt-get install libgomp1"
            ) from None
        if isinstance(kind, type) and hasattr(kind, "fit") and hasattr(kind, "get_params"):
            return kind
    raise ProjectError(
        f"{PARAMS_PATH}: train.estimator must be the path of a scikit-learn estimator, "
        f"or one of {', '.join(BOOSTERS)}, got {path!r}"
    )


def _parameters(kind: type[BaseEstimator]) -> list[str]:
    if kind.__module__.split(".")[0] not in BOOSTERS:
        names: list[str] = kind._get_param_names()
        return names
    found = dict[str, None]()  # XGBoost and CatBoost know them from their constructors alone
    for base in kind.__mro__[:-1]:
        if "__init__" in vars(base):
            found |= dict.fromkeys(inspect.signature(vars(base)["__init__"]).parameters)
    return [name for name in found if name not in {"self", "kwargs"}]


def _class_weight(contract: Contract, params: TrainParams) -> str | dict[int, float]:
    if not isinstance(params.class_weight, dict):
        return params.class_weight
    for label in params.class_weight:
        if label not in contract.classes:
            raise ProjectError(
                f"{PARAMS_PATH}: train.class_weight must name labels of {list(contract.classes)}, got {label!r}"
            )
    return {contract.classes.index(label): weight for label, weight in params.class_weight.items()}
