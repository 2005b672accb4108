"""Votes and calibrations of forests and boosters in ONNX: added up in double precision, which skl2onnx's own do not."""

from collections.abc import Callable
from functools import cache

import numpy as np
import onnx
from skl2onnx._supported_operators import sklearn_operator_name_map
from skl2onnx.algebra.onnx_ops import (
    OnnxAdd,
    OnnxArgMax,
    OnnxArrayFeatureExtractor,
    OnnxCast,
    OnnxConcat,
    OnnxDiv,
    OnnxIdentity,
    OnnxMul,
    OnnxReduceSum,
    OnnxReshape,
    OnnxSigmoid,
    OnnxSub,
    OnnxSum,
)
from skl2onnx.common._registration import get_converter, register_converter
from skl2onnx.common._topology import Scope
from skl2onnx.common.data_types import DoubleTensorType, Int64TensorType
from sklearn.base import BaseEstimator, is_classifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier, VotingRegressor

from harness.model.boosters import trees_of
from harness.model.estimator import BOOSTERS, package_of, takes_doubles
from harness.model.onnx_boosters import raw_scores
from harness.model.onnx_converters import Container, Operator

Answers = Callable[[Scope, Operator, Container], object]


@cache
def register_members() -> None:
    """Make them known to skl2onnx, whose own stay in place for all that is no sum of trees."""
    for kind, answers in (
        (VotingClassifier, _vote),
        (VotingRegressor, _vote),
        (CalibratedClassifierCV, _calibrated),
    ):
        alias = sklearn_operator_name_map[kind]
        theirs = get_converter(alias)
        register_converter(alias, _chosen(answers, theirs), overwrite=True, options=theirs.get_allowed_options())


def _chosen(answers: Answers, theirs: Callable[..., None]) -> Callable[..., None]:
    def convert(scope: Scope, operator: Operator, container: Container) -> None:
        # A vote inside something that goes on in double: skl2onnx's own would give it float.
        asked = answers is _vote and isinstance(operator.outputs[-1].type, DoubleTensorType)
        if not asked and not takes_doubles(operator.raw_operator):
            theirs(scope, operator, container)
            return
        opset, made = container.target_opset, answers(scope, operator, container)
        if len(operator.outputs) > 1:
            labels = OnnxReshape(OnnxArgMax(made, axis=1, op_version=opset), np.array([-1]), op_version=opset)
            OnnxIdentity(labels, op_version=opset, output_names=operator.outputs[:1]).add_to(scope, container)
        OnnxIdentity(made, op_version=opset, output_names=operator.outputs[-1:]).add_to(scope, container)

    return convert


def _vote(scope: Scope, operator: Operator, container: Container) -> object:
    """The mean of the members' answers, weighted where the vote is."""
    opset, vote = container.target_opset, operator.raw_operator
    weights = np.ones(len(vote.estimators_)) if vote.weights is None else np.asarray(vote._weights_not_none, float)
    weighed = [
        OnnxMul(answers_of(scope, member, operator, opset), np.array([weight]), op_version=opset)
        for member, weight in zip(vote.estimators_, weights / weights.sum(), strict=True)
    ]
    return OnnxSum(*weighed, op_version=opset)


def _calibrated(scope: Scope, operator: Operator, container: Container) -> object:
    """Each class's probability through a sigmoid of its own (Platt), and then as shares of their sum."""
    opset = container.target_opset
    (fitted,) = operator.raw_operator.calibrated_classifiers_
    binary, first = len(fitted.classes) == 2, 0
    if package_of(fitted.estimator) in BOOSTERS and hasattr(fitted.estimator, "decision_function"):
        given = raw_scores(scope, operator, container, trees_of(fitted.estimator))  # it is what scikit-learn calibrates
    else:
        given, first = answers_of(scope, fitted.estimator, operator, opset), int(binary)
    shares = []
    for place, curve in enumerate(fitted.calibrators, start=first):
        share = OnnxArrayFeatureExtractor(given, np.array([place]), op_version=opset)
        line = OnnxAdd(OnnxMul(share, np.array([-curve.a_]), op_version=opset), np.array([-curve.b_]), op_version=opset)
        shares.append(OnnxSigmoid(line, op_version=opset))
    if binary:
        return OnnxConcat(OnnxSub(np.array([1.0]), shares[0], op_version=opset), shares[0], axis=1, op_version=opset)
    every = OnnxConcat(*shares, axis=1, op_version=opset)
    return OnnxDiv(every, OnnxReduceSum(every, np.array([1]), keepdims=1, op_version=opset), op_version=opset)


def answers_of(scope: Scope, member: BaseEstimator, whole: Operator, opset: int) -> object:
    """The probabilities, or values, of one member as double, whatever its converter gives."""
    operator = scope.declare_local_operator(sklearn_operator_name_map[type(member)], member)
    operator.inputs = whole.inputs
    if is_classifier(member):
        operator.outputs.append(scope.declare_local_variable("label", Int64TensorType()))
    answers = scope.declare_local_variable("answers", DoubleTensorType())
    operator.outputs.append(answers)
    double = OnnxCast(answers, to=onnx.TensorProto.DOUBLE, op_version=opset)
    return double if is_classifier(member) else OnnxReshape(double, np.array([-1, 1]), op_version=opset)
