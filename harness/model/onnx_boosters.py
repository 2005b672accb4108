"""The ONNX form of LightGBM's, XGBoost's and CatBoost's estimators: trees of doubles, summed in double precision."""

import numpy as np
import onnx
from skl2onnx import update_registered_converter
from skl2onnx.algebra.onnx_ops import (
    OnnxArgMax,
    OnnxCast,
    OnnxConcat,
    OnnxExp,
    OnnxIdentity,
    OnnxMul,
    OnnxReshape,
    OnnxSigmoid,
    OnnxSoftmax,
    OnnxSub,
)
from skl2onnx.common._topology import Scope
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, Int64TensorType
from sklearn.base import BaseEstimator, is_classifier

from harness.model.boosters import Trees, trees_of
from harness.model.onnx_converters import Container, Operator

TREES_DOMAIN, TREES_VERSION = "ai.onnx.ml", 3


def register_booster(kind: type[BaseEstimator]) -> None:
    """Make an estimator's class known to skl2onnx."""
    options = {"zipmap": [True, False], "nocl": [True, False]}
    name = f"Boosted{kind.__name__}"
    if is_classifier(kind()):
        # CatBoost's are not scikit-learn's classes, so skl2onnx needs to know what a classifier gives.
        update_registered_converter(kind, name, _classes_shape, _convert_booster, parser=_parse, options=options)
    else:
        update_registered_converter(kind, name, _values_shape, _convert_booster)


def _parse(scope: Scope, model: BaseEstimator, inputs: list[object], custom_parsers: object = None) -> list[object]:
    del custom_parsers
    operator = scope.declare_local_operator(f"Boosted{type(model).__name__}", model)
    operator.inputs.extend(inputs)
    operator.outputs.append(scope.declare_local_variable("label", Int64TensorType()))
    operator.outputs.append(scope.declare_local_variable("probabilities", DoubleTensorType()))
    outputs: list[object] = operator.outputs
    return outputs


def _classes_shape(operator: Operator) -> None:
    operator.outputs[0].type = Int64TensorType([None])
    operator.outputs[1].type = DoubleTensorType([None, len(operator.raw_operator.classes_)])


def _values_shape(operator: Operator) -> None:
    operator.outputs[0].type = DoubleTensorType([None, 1])


def _convert_booster(scope: Scope, operator: Operator, container: Container) -> None:
    opset, trees = container.target_opset, trees_of(operator.raw_operator)
    answers = linked(raw_scores(scope, operator, container, trees), trees, opset)
    values = operator.outputs[-1:]
    if len(operator.outputs) > 1:
        labels = OnnxReshape(OnnxArgMax(answers, axis=1, op_version=opset), np.array([-1]), op_version=opset)
        cast = OnnxCast(labels, to=onnx.TensorProto.INT64, op_version=opset, output_names=operator.outputs[:1])
        cast.add_to(scope, container)
    OnnxIdentity(answers, op_version=opset, output_names=values).add_to(scope, container)


def raw_scores(scope: Scope, operator: Operator, container: Container, trees: Trees) -> object:
    """The sums of the trees' leaves, as double (n, 1 or classes), of what the operator takes."""
    raw = scope.declare_local_variable("raw", FloatTensorType([None, len(trees.base)]))
    _add_trees(scope, container, operator.inputs[0].full_name, raw.full_name, trees)
    return OnnxCast(raw, to=onnx.TensorProto.DOUBLE, op_version=container.target_opset)


def linked(scores: object, trees: Trees, opset: int) -> object:
    """Raw scores → values, or the probability of each class."""
    if trees.scale != 1:
        scores = OnnxMul(scores, np.array([trees.scale]), op_version=opset)
    if trees.link == "sigmoid":
        positive = OnnxSigmoid(scores, op_version=opset)
        return OnnxConcat(OnnxSub(np.array([1.0]), positive, op_version=opset), positive, axis=1, op_version=opset)
    if trees.link == "softmax":
        return OnnxSoftmax(scores, axis=1, op_version=opset)
    return OnnxExp(scores, op_version=opset) if trees.link == "exp" else scores


def _add_trees(scope: Scope, container: Container, given: str, made: str, trees: Trees) -> None:
    """A regression over all outputs; its input must be of doubles for the thresholds to be."""
    nodes, leaves = trees.nodes, trees.leaves
    container.add_node(
        "TreeEnsembleRegressor",
        [given],
        [made],
        op_domain=TREES_DOMAIN,
        op_version=TREES_VERSION,
        name=scope.get_unique_operator_name("Trees"),
        n_targets=len(trees.base),
        aggregate_function="SUM",
        post_transform="NONE",
        base_values_as_tensor=_doubles("base", trees.base),
        nodes_treeids=[node["tree"] for node in nodes],
        nodes_nodeids=[node["node"] for node in nodes],
        nodes_featureids=[node["feature"] for node in nodes],
        nodes_modes=[node["mode"] for node in nodes],
        nodes_values_as_tensor=_doubles("values", [node["value"] for node in nodes]),
        nodes_truenodeids=[node["true"] for node in nodes],
        nodes_falsenodeids=[node["false"] for node in nodes],
        nodes_missing_value_tracks_true=[node["missing"] for node in nodes],
        target_treeids=[leaf["tree"] for leaf in leaves],
        target_nodeids=[leaf["node"] for leaf in leaves],
        target_ids=[leaf["output"] for leaf in leaves],
        target_weights_as_tensor=_doubles("weights", [leaf["value"] for leaf in leaves]),
    )


def _doubles(name: str, values: list[float]) -> onnx.TensorProto:
    return onnx.helper.make_tensor(name, onnx.TensorProto.DOUBLE, [len(values)], values)
