"""Features and estimator as one scikit-learn Pipeline: built, searched, fitted, its threshold chosen."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from skl2onnx.sklapi import CastTransformer
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler, TargetEncoder

from harness.core.contract import Contract, as_text
from harness.core.errors import ProjectError
from harness.core.params import TrainParams
from harness.core.paths import PARAMS_PATH
from harness.inference.predictor import Columns, encode
from harness.model.clock import CLOCK_PARTS, DAY_WAVES, ClockFeatures
from harness.model.conformal import CalibrationRows
from harness.model.dates import PARTS, WAVES, DateFeatures
from harness.model.estimator import (
    BOOSTERS,
    MODEL_FILE,
    build_estimator,
    gives_probabilities,
    origin,
    package_of,
    takes_doubles,
    takes_trees,
)
from harness.model.hist_trees import reads_hist_trees
from harness.model.isotonic import IsotonicCalibration
from harness.model.target_means import TargetMeans
from harness.model.text import WordWeights

if TYPE_CHECKING:
    from harness.model.trace import FeatureGraph

CALIBRATIONS = (CalibratedClassifierCV, IsotonicCalibration)


@dataclass(frozen=True)
class Training:
    """A fitted pipeline and how it came about."""

    pipeline: Pipeline
    threshold: float | None
    chosen: dict[str, object]  # parameters that a search chose
    scores: dict[str, float]  # cross-validated, of what was searched or tuned
    graph: "FeatureGraph | None" = None  # what src/features.py adds
    held: CalibrationRows | None = None  # rows that were kept out, for prediction intervals or sets
    where: str = f"{PARAMS_PATH}: train.estimator"  # it was chosen, for errors
    distributed: dict[str, object] = field(default_factory=dict)  # over which workers, if it was

    def summary(self) -> dict[str, object]:
        """What training.json says of it."""
        made: dict[str, object] = {"threshold": self.threshold, "chosen": self.chosen, "cross_validated": self.scores}
        return made | ({"distributed": self.distributed} if self.distributed else {})


def build_pipeline(contract: Contract, params: TrainParams, estimator: BaseEstimator | None = None) -> Pipeline:
    """The unfitted pipeline of an estimator, or of the one that params.yaml names.

    Its X is what `to_frame` gives: numbers first, then texts. Raises ProjectError if params.yaml names no such
    estimator or parameter.
    """
    chosen = build_estimator(contract, params) if estimator is None else estimator  # an unfitted forest has no truth
    trees = takes_trees(chosen)
    if params.categories == "ordinal" and not trees:
        raise ProjectError(
            f"{PARAMS_PATH}: train.categories: ordinal is for trees; {type(chosen).__name__} would take a category's "
            "number for an amount: use one_hot"
        )
    features = _features(contract, scaled=not trees, ordinal=params.categories == "ordinal")
    last = _calibrated(chosen, contract, params)
    # A forest adds hundreds of numbers: in float32, as the model file would add them, the sum is off by 6e-6.
    needed = takes_doubles(chosen) or reads_hist_trees(last)
    double = [("double", CastTransformer(dtype=np.float64))] if needed else []
    return Pipeline([("features", features), *double, ("estimator", last)])


def to_frame(columns: Columns, contract: Contract, graph: "FeatureGraph | None" = None) -> pd.DataFrame:
    """X for scikit-learn: the two inputs that the ONNX file takes, side by side, each with its derived columns last."""
    wide = columns if graph is None else {**columns, **graph.derive(columns)}
    contract = contract if graph is None else contract.widened()
    numeric, categorical = encode(wide, contract)
    names = [*contract.columns("numeric"), *contract.columns("categorical")]
    parts = [pd.DataFrame(numeric), pd.DataFrame(categorical, dtype=object)]
    return pd.concat(parts, axis=1).set_axis(names, axis=1)


def fit(pipeline: Pipeline, X: pd.DataFrame, y: NDArray[np.generic], params: TrainParams) -> Pipeline:
    """Fit X (n, columns), y (n,). Raises ProjectError with scikit-learn's reason if it refuses parameters or data."""
    last = getattr(pipeline, "estimator", pipeline)[-1]  # within a search
    with refused_in_one_line(last, params):
        return pipeline.fit(X, y)


@contextmanager
def refused_in_one_line(last: BaseEstimator, params: TrainParams) -> Iterator[None]:
    """Raises ProjectError with the reason if the estimator refuses parameters or data within the block."""
    try:
        yield
    except Exception as error:
        if not isinstance(error, ValueError) and package_of(error) not in BOOSTERS:
            raise
        reason = " ".join(str(error).partition("Stack trace")[0].split())
        last = last.estimator if isinstance(last, CALIBRATIONS) else last
        where = origin(last, params)
        if where == MODEL_FILE:
            raise ProjectError(f"{where}: {type(last).__name__} cannot be fitted: {reason}") from None
        raise ProjectError(f"{PARAMS_PATH}: train.params: {params.estimator} cannot be fitted: {reason}") from None


def _calibrated(estimator: BaseEstimator, contract: Contract, params: TrainParams) -> BaseEstimator:
    """Probabilities as cross-validation finds them to be true: where params.yaml says so, or where there are none.

    An estimator that gives scores only (LinearSVC, say) learns probabilities by Platt's method.
    """
    if contract.task == "regression" or (params.calibration == "none" and gives_probabilities(estimator)):
        return estimator
    if params.calibration != "isotonic":
        return CalibratedClassifierCV(estimator, ensemble=False)
    has_chances = gives_probabilities(estimator)
    return IsotonicCalibration(estimator if has_chances else CalibratedClassifierCV(estimator, ensemble=False))


def _features(contract: Contract, scaled: bool, ordinal: bool) -> ColumnTransformer:
    numeric, categorical = contract.names("numeric"), contract.names("categorical")
    width = len(contract.columns("numeric"))
    free = {feature.name for feature in contract.features if feature.free}
    closed = [width + i for i, name in enumerate(categorical) if name in _closed(contract)]
    named = {feature.name for feature in contract.features if feature.rare}
    open_ = [width + i for i, name in enumerate(categorical) if name not in _closed(contract) | free | named]
    rare = [width + i for i, name in enumerate(categorical) if name in named]
    dates = [numeric.index(name) for name in contract.dates()]
    clocks = [numeric.index(f.name) for f in contract.features if f.type == "time"] + [*range(len(numeric), width)]
    numbers = [position for position in range(len(numeric)) if position not in {*dates, *clocks}]
    missing = [numeric.index(f.name) for f in contract.features if f.role == "numeric" and f.nullable]
    impute = ("impute", SimpleImputer(strategy="median", keep_empty_features=True))
    scale = [("scale", StandardScaler())] if scaled else []
    date_parts, clock_parts = (WAVES, DAY_WAVES) if scaled else (PARTS, CLOCK_PARTS)
    means = _mean_target(contract)
    listed = _codes(contract) if ordinal else _indicators()
    parts: Iterable[tuple[str, BaseEstimator, list[int]]] = [
        ("numeric", Pipeline([impute, *scale]), numbers),
        ("dates", Pipeline([impute, ("parts", DateFeatures(date_parts)), *scale]), dates),
        ("clocks", Pipeline([impute, ("parts", ClockFeatures(clock_parts)), *scale]), clocks),
        ("missing", MissingIndicator(features="all"), missing),
        ("closed", listed, closed),
        ("open", Pipeline([("mean", TargetMeans(**means)), ("cast", CastTransformer()), *scale]), open_),
        ("rare", Pipeline([("mean", TargetEncoder(**means)), ("cast", CastTransformer()), *scale]), rare),
    ]
    words = [(f"words of {name}", WordWeights(), width + categorical.index(name)) for name in sorted(free)]
    return ColumnTransformer([*(part for part in parts if part[2]), *words], sparse_threshold=0)


def _indicators() -> OneHotEncoder:
    """A column per value; a missing category is the category "", so the column of "" is its indicator."""
    return OneHotEncoder(handle_unknown="ignore", sparse_output=False, dtype=np.float32)


def _codes(contract: Contract) -> OrdinalEncoder:
    """A number per value, in the order in which the schema lists them: missing is 0, and what is not listed -1."""
    listed = {feature.name: feature.isin or (False, True) for feature in contract.features}
    names = [name for name in contract.names("categorical") if name in _closed(contract)]
    texts = [list(dict.fromkeys(["", *map(as_text, listed[name])])) for name in names]
    return OrdinalEncoder(categories=texts, handle_unknown="use_encoded_value", unknown_value=-1, dtype=np.float32)


def _closed(contract: Contract) -> set[str]:
    """The categorical features whose values are known: they are one-hot or ordinal, the others the target's mean."""
    return {feature.name for feature in contract.features if feature.isin is not None or feature.type == "boolean"}


def _mean_target(contract: Contract) -> dict[str, Any]:
    """The target's mean per value, shrunk to the whole mean; a training row's own target is kept out of its number."""
    folds = KFold if contract.task == "regression" else StratifiedKFold
    kind = {"regression": "continuous", "binary": "binary", "multiclass": "multiclass"}[contract.task]
    return {"target_type": kind, "cv": folds(5, shuffle=True, random_state=0)}
