"""HistGradientBoosting in ONNX, with thresholds that part float32 numbers as scikit-learn's own doubles do."""

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray
from skl2onnx._supported_operators import sklearn_operator_name_map
from skl2onnx.common._registration import get_converter, register_converter
from skl2onnx.common._topology import Scope
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from harness.model.onnx_converters import Container, Operator


@cache
def register_hist() -> None:
    """Make it known to skl2onnx, whose own rounds thresholds to the nearest float32: a row of that value goes wrong."""
    for kind in (HistGradientBoostingClassifier, HistGradientBoostingRegressor):
        alias = sklearn_operator_name_map[kind]
        theirs = get_converter(alias)
        register_converter(alias, _lowered(theirs), overwrite=True, options=theirs.get_allowed_options())


def at_most(thresholds: NDArray[np.float64]) -> NDArray[np.float32]:
    """The largest float32 that is not above a threshold: the same float32 numbers are ≤ either."""
    with np.errstate(over="ignore"):
        nearest = thresholds.astype(np.float32)
    below = np.nextafter(nearest, np.float32(-np.inf))
    return np.where(nearest > thresholds, below, nearest)


def _lowered(theirs: Callable[..., None]) -> Callable[..., None]:
    def convert(scope: Scope, operator: Operator, container: Container) -> None:
        if not isinstance(operator.inputs[0].type, FloatTensorType):
            theirs(scope, operator, container)
            return
        trees = [tree for iteration in operator.raw_operator._predictors for tree in iteration]
        before = [tree.nodes for tree in trees]
        for tree in trees:
            tree.nodes = tree.nodes.copy()
            tree.nodes["num_threshold"] = at_most(tree.nodes["num_threshold"])
        try:
            theirs(scope, operator, container)
        finally:
            for tree, nodes in zip(trees, before, strict=True):
                tree.nodes = nodes

    return convert
