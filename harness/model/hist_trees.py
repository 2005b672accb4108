"""What scikit-learn's HistGradientBoostingClassifier has learnt, as plain trees of doubles.

onnxruntime's TreeEnsembleClassifier takes the logistic of a score in float32, as 1 - v where it is negative: small
probabilities are off by 9e-8, which the slopes of an isotonic curve multiply. A regressor's sum has no such step.
"""

from typing import Any

from sklearn.base import BaseEstimator
from sklearn.ensemble import HistGradientBoostingClassifier

from harness.model.boosters import Node, NotExportableError, Trees
from harness.model.isotonic import IsotonicCalibration


def reads_hist_trees(estimator: BaseEstimator) -> bool:
    """Whether its model file takes the trees from here: only where the last digits of a probability are multiplied."""
    return isinstance(estimator, IsotonicCalibration) and isinstance(
        estimator.estimator, HistGradientBoostingClassifier
    )


def hist_trees(estimator: HistGradientBoostingClassifier) -> Trees:
    """The trees of a fitted one. Raises NotExportableError if it splits by categories."""
    base = estimator._baseline_prediction.ravel().tolist()
    trees = Trees("sigmoid" if len(base) == 1 else "softmax", base)
    for iteration in estimator._predictors:
        for output, tree in enumerate(iteration):

            def node_of(place: Any, nodes: Any = tree.nodes, output: int = output) -> Node:
                node = nodes[place]
                if node["is_leaf"]:
                    return Node("LEAF", leaf={output: float(node["value"])})
                if node["is_categorical"]:
                    raise NotExportableError("splits by categories have no ONNX form; leave categorical_features out")
                split = int(node["feature_idx"]), float(node["num_threshold"])
                missing = bool(node["missing_go_to_left"])
                return Node("BRANCH_LEQ", *split, int(node["left"]), int(node["right"]), missing=missing)

            trees.add(0, node_of)
    return trees
