"""A fitted Pipeline → one ONNX file that describes itself and was seen to answer as scikit-learn does."""

import json
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx.helper import set_model_props
from skl2onnx import convert_sklearn
from skl2onnx._supported_operators import sklearn_operator_name_map
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from skl2onnx.helpers.onnx_helper import select_model_inputs_outputs
from sklearn.base import BaseEstimator, is_classifier, is_regressor
from sklearn.pipeline import Pipeline

from harness.core.contract import Contract, Role
from harness.core.errors import ProjectError
from harness.core.files import file_hash, replacing
from harness.core.paths import OPTIONAL_LOCKS, PARAMS_PATH, pipeline_lock
from harness.inference.model_file import FORMAT, graph_hash
from harness.inference.predictor import Columns, Predictor, to_columns
from harness.model import onnx_converters as converters
from harness.model.conformal import calibrate
from harness.model.double_trees import with_casts
from harness.model.estimator import BOOSTERS, BOOSTERS_GROUP, members, package_of
from harness.model.golden_rows import golden_rows
from harness.model.onnx_boosters import register_booster
from harness.model.onnx_hist import register_hist
from harness.model.onnx_isotonic import register_isotonic
from harness.model.onnx_members import register_members
from harness.model.onnx_words import register_words
from harness.model.parity import Parity, check_parity
from harness.model.pipeline import Training
from harness.model.text import DOMAIN

INPUT_ROLES: tuple[Role, Role] = ("numeric", "categorical")
ESTIMATOR_KEY = f"{PARAMS_PATH}: train.estimator"
OPSETS = {"": 21, "ai.onnx.ml": 3}  # fixed, so that a newer converter does not change the file by itself
# They have a converter, but its file does not run, or answers otherwise (neighbours at nearly equal distances trade
# places in float32, sums of kernels are off by 1e-6), or (the naive Bayes of counts) scaled features are no counts.
UNFAITHFUL = {
    "CategoricalNB",
    "ComplementNB",
    "GaussianNB",
    "GaussianProcessClassifier",
    "GaussianProcessRegressor",
    "KNeighborsClassifier",
    "KNeighborsRegressor",
    "LinearDiscriminantAnalysis",
    "MultinomialNB",
    "NuSVC",
    "RadiusNeighborsClassifier",
    "RadiusNeighborsRegressor",
}


def export(
    training: Training, contract: Contract, hashes: Mapping[str, str], X: Columns, y: NDArray[np.generic], path: Path
) -> Parity:
    """Convert, check on all rows of X, y (n,) and on probes, and write the file with its golden rows.

    Raises ProjectError, and leaves `path` as it was, if the estimator has no converter or the file's answers differ.
    """
    tolerance = 1e-6 if contract.task != "regression" else 1e-5 * float(np.std(y.astype(np.float64)))
    model = _convert(training, contract.widened())
    if training.graph is not None:
        model = sort_opsets(training.graph.merge(model))
    description: dict[str, object] = {
        "format": FORMAT,
        "contract": contract.to_json(),
        "threshold": training.threshold,
        "hashes": {**hashes, **_more_packages(training)},
        "golden": {},
        **({"distributed": training.distributed} if training.distributed else {}),
    }
    with replacing(path) as temporary:
        _save(model, description, temporary)
        predictor = Predictor(temporary)
        parity = check_parity(training, predictor, X, tolerance)
        if training.held is not None:
            description["conformal"] = calibrate(predictor, training.held).to_json()
        rows = golden_rows(contract)
        answers = predictor.scores(to_columns(rows, contract)).astype(float).tolist()
        _save(model, description | {"golden": {"rows": rows, "answers": answers, "tolerance": tolerance}}, temporary)
        Predictor(temporary).check_golden()
    return parity


def _more_packages(training: Training) -> dict[str, str]:
    """The lock of the optional packages that a model was trained with."""
    estimator = training.pipeline[-1]
    if not any(package_of(part) in BOOSTERS for part in members(estimator)):
        return {}
    return {BOOSTERS_GROUP: file_hash(pipeline_lock(OPTIONAL_LOCKS[BOOSTERS_GROUP]))}


def check_convertible(estimator: BaseEstimator, contract: Contract, where: str = ESTIMATOR_KEY) -> None:
    """Raises ProjectError with the list of what can be converted if this estimator, or a part of it, cannot be."""
    for part in members(estimator):
        kind = type(part)
        if package_of(part) in BOOSTERS:
            register_booster(kind)
        if kind is not Pipeline and (kind not in sklearn_operator_name_map or kind.__name__ in UNFAITHFUL):
            names = ", ".join(convertible(contract))
            raise ProjectError(f"{where} {kind.__name__} has no exact ONNX form; use one of: {names}")


def convertible(contract: Contract) -> list[str]:
    """Names of scikit-learn's classifiers (or regressors) that can be exported."""
    suits = is_regressor if contract.task == "regression" else is_classifier
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # some are deprecated
        return sorted(kind.__name__ for kind in sklearn_operator_name_map if _stands_alone(kind) and suits(kind()))


def _stands_alone(kind: type) -> bool:
    """Whether this is scikit-learn's, for one target, and needs no other estimator as its parameter."""
    name = kind.__name__
    if not kind.__module__.startswith("sklearn.") or name.startswith(("_", "Multi")) or name in UNFAITHFUL:
        return False
    try:
        kind()
    except TypeError:
        return False
    return True


def _convert(training: Training, contract: Contract) -> onnx.ModelProto:
    converters.register()
    register_words()
    register_hist()
    register_members()
    register_isotonic()
    shapes = {"numeric": FloatTensorType, "categorical": StringTensorType}
    widths = {role: len(contract.columns(role)) for role in INPUT_ROLES}
    inputs = [(role, shapes[role]([None, width])) for role, width in widths.items() if width]
    opsets = OPSETS | (DOMAIN if any(feature.free for feature in contract.features) else {})
    options = {id(training.pipeline): {"zipmap": False}} if contract.task != "regression" else {}
    try:
        model = convert_sklearn(training.pipeline, "model", inputs, options=options, target_opset=opsets)
    except Exception as error:  # the converters' errors share no base class
        reason = " ".join(str(error).split())[:300]
        raise ProjectError(f"{training.where} cannot be converted with these parameters: {reason}") from None
    # The label at 0.5 that scikit-learn's form carries would contradict the threshold: only scores leave the file.
    model = select_model_inputs_outputs(model, model.graph.output[-1].name)
    if "double" in training.pipeline.named_steps:
        model = with_casts(model)
    return sort_opsets(model)


def sort_opsets(model: onnx.ModelProto) -> onnx.ModelProto:
    """The converter collects the operator sets in a `set`, whose order changes from one process to the next."""
    opsets = sorted(model.opset_import, key=lambda opset: opset.domain)
    del model.opset_import[:]
    model.opset_import.extend(opsets)
    return model


def _save(model: onnx.ModelProto, description: Mapping[str, object], path: Path) -> None:
    texts = {
        key: value if isinstance(value, str) else json.dumps(value, allow_nan=False)
        for key, value in description.items()
    }
    texts["graph"] = graph_hash(model.SerializeToString(deterministic=True))
    set_model_props(model, texts)
    path.write_bytes(model.SerializeToString(deterministic=True))
