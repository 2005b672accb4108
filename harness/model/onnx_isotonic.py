"""The ONNX form of isotonic calibration: a sum of straight pieces, in double precision."""

import numpy as np
import onnx
from skl2onnx import update_registered_converter
from skl2onnx.algebra.onnx_ops import (
    OnnxAdd,
    OnnxArgMax,
    OnnxArrayFeatureExtractor,
    OnnxCast,
    OnnxConcat,
    OnnxDiv,
    OnnxMatMul,
    OnnxMax,
    OnnxMin,
    OnnxReduceSum,
    OnnxReshape,
    OnnxSub,
)
from skl2onnx.common._topology import Scope
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType

from harness.model.hist_trees import hist_trees, reads_hist_trees
from harness.model.isotonic import IsotonicCalibration, ShareCurve
from harness.model.onnx_boosters import linked, raw_scores
from harness.model.onnx_converters import Container, Operator
from harness.model.onnx_members import answers_of

ALIAS = "IsotonicCalibration"


def register_isotonic() -> None:
    """Make it known to skl2onnx."""
    options = {"zipmap": [True, False], "nocl": [True, False]}
    update_registered_converter(
        IsotonicCalibration, ALIAS, _classes_shape, _convert_isotonic, parser=_parse, options=options
    )


def _parse(scope: Scope, model: object, inputs: list[object], custom_parsers: object = None) -> list[object]:
    del custom_parsers
    operator = scope.declare_local_operator(ALIAS, model)
    operator.inputs.extend(inputs)
    operator.outputs.append(scope.declare_local_variable("label", Int64TensorType()))
    operator.outputs.append(scope.declare_local_variable("probabilities", FloatTensorType()))
    outputs: list[object] = operator.outputs
    return outputs


def _classes_shape(operator: Operator) -> None:
    operator.outputs[0].type = Int64TensorType([None])
    operator.outputs[1].type = FloatTensorType([None, len(operator.raw_operator.classes_)])


def _convert_isotonic(scope: Scope, operator: Operator, container: Container) -> None:
    opset, fitted = container.target_opset, operator.raw_operator
    if reads_hist_trees(fitted):
        trees = hist_trees(fitted.estimator_)
        given = linked(raw_scores(scope, operator, container, trees), trees, opset)
    else:
        given = answers_of(scope, fitted.estimator_, operator, opset)
    if len(fitted.curves_) == 1:
        positive = _along(given, 1, fitted.curves_[0], opset)
        answers = OnnxConcat(OnnxSub(np.array([1.0]), positive, op_version=opset), positive, axis=1, op_version=opset)
    else:
        every = [_along(given, place, curve, opset) for place, curve in enumerate(fitted.curves_)]
        shares = OnnxConcat(*every, axis=1, op_version=opset)
        total = OnnxReduceSum(shares, np.array([1]), keepdims=1, op_version=opset)
        answers = OnnxDiv(shares, total, op_version=opset)
    labels = OnnxReshape(OnnxArgMax(answers, axis=1, op_version=opset), np.array([-1]), op_version=opset)
    kinds = (onnx.TensorProto.INT64, onnx.TensorProto.FLOAT)
    for made, kind, name in zip((labels, answers), kinds, operator.outputs, strict=True):
        OnnxCast(made, to=kind, op_version=opset, output_names=[name]).add_to(scope, container)


def _along(given: object, place: int, curve: ShareCurve, opset: int) -> object:
    """A column of probabilities (n, classes) along a curve (n, 1): where it begins, and what each piece adds."""
    knots, shares = curve
    chance = OnnxArrayFeatureExtractor(given, np.array([place]), op_version=opset)
    low, high = (knots[:-1], knots[1:]) if len(knots) > 1 else (knots, knots + 1)
    slopes = np.diff(shares) / np.diff(knots) if len(knots) > 1 else np.zeros(1)
    passed = OnnxMax(OnnxMin(chance, high, op_version=opset), low, op_version=opset)
    along = OnnxMatMul(OnnxSub(passed, low, op_version=opset), slopes[:, None], op_version=opset)
    return OnnxAdd(along, shares[:1], op_version=opset)
