"""ONNX forms of the scikit-learn transformers for which skl2onnx has none, or not one for every task."""

from collections.abc import Callable
from functools import partialmethod
from typing import Any, Protocol

import numpy as np
import onnx
from skl2onnx import update_registered_converter
from skl2onnx.algebra.onnx_ops import (
    OnnxAbs,
    OnnxAdd,
    OnnxArrayFeatureExtractor,
    OnnxCast,
    OnnxConcat,
    OnnxDiv,
    OnnxFloor,
    OnnxGather,
    OnnxIsNaN,
    OnnxLabelEncoder_2,
    OnnxMul,
    OnnxReshape,
    OnnxSub,
)
from skl2onnx.common.data_types import FloatTensorType
from sklearn.impute import MissingIndicator
from sklearn.preprocessing import TargetEncoder

from harness.model.clock import ClockFeatures
from harness.model.dates import DateFeatures
from harness.model.target_means import RARE_VALUE, TargetMeans


class Operator(Protocol):
    """What skl2onnx hands to a converter: a fitted transformer, and the names of what it takes and gives."""

    raw_operator: Any
    inputs: list[Any]
    outputs: list[Any]


class Container(Protocol):
    """The graph that skl2onnx is building."""

    target_opset: int

    def add_node(self, op_type: str, inputs: list[str], outputs: list[str], **attributes: object) -> None:
        """Add a node that skl2onnx has no class for."""


def register() -> None:
    """Make them known to skl2onnx."""
    # skl2onnx knows no MissingIndicator, and drops SimpleImputer(add_indicator=True) without a word.
    update_registered_converter(MissingIndicator, "MissingIndicator", _missing_shape, _convert_missing)
    for encoder in (TargetMeans, TargetEncoder):  # skl2onnx's own converter knows no more than two classes
        update_registered_converter(encoder, encoder.__name__, _means_shape, _convert_means)
    update_registered_converter(DateFeatures, "DateFeatures", _parts_shape, _convert_parts)
    update_registered_converter(ClockFeatures, "ClockFeatures", _parts_shape, _convert_parts)


def _missing_shape(operator: Operator) -> None:
    operator.outputs[0].type = FloatTensorType([None, len(operator.raw_operator.features_)])


def _convert_missing(scope: object, operator: Operator, container: Container) -> None:
    opset = container.target_opset
    is_missing = OnnxIsNaN(operator.inputs[0], op_version=opset)
    cast = OnnxCast(is_missing, to=onnx.TensorProto.FLOAT, op_version=opset, output_names=operator.outputs[:1])
    cast.add_to(scope, container)


def _means_shape(operator: Operator) -> None:
    operator.outputs[0].type = FloatTensorType([None, len(operator.raw_operator.encodings_)])


def _convert_means(scope: object, operator: Operator, container: Container) -> None:
    """A lookup per column (with many classes: per column and class), side by side.

    Unknown texts get the mean of the rare ones, or of all rows where none is rare.
    """
    opset, encoder = container.target_opset, operator.raw_operator
    defaults = np.atleast_1d(encoder.target_mean_)
    looked_up = []
    for position, means in enumerate(encoder.encodings_):
        column, label = divmod(position, len(defaults))
        categories = encoder.categories_[column]
        known = {str(text): float(mean) for text, mean in zip(categories, means.astype(np.float32), strict=True)}
        other = known.pop(RARE_VALUE, float(defaults[label]))
        known = known or {"": other}
        texts = OnnxArrayFeatureExtractor(operator.inputs[0], np.array([column]), op_version=opset)
        mean = OnnxLabelEncoder_2(
            texts,
            keys_strings=list(known),
            values_floats=list(known.values()),
            default_float=other,
            op_version=opset,
        )
        looked_up.append(OnnxReshape(mean, np.array([-1, 1]), op_version=opset))
    OnnxConcat(*looked_up, axis=1, op_version=opset, output_names=operator.outputs[:1]).add_to(scope, container)


def _parts_shape(operator: Operator) -> None:
    operator.outputs[0].type = FloatTensorType([None, len(operator.raw_operator.medians_)])


def _convert_parts(scope: object, operator: Operator, container: Container) -> None:
    opset, dates = container.target_opset, operator.raw_operator
    days = OnnxCast(OnnxFloor(operator.inputs[0], op_version=opset), to=onnx.TensorProto.INT64, op_version=opset)
    found = dates.reckon(_Whole(days, opset))
    parts = OnnxConcat(*(found[name].node for name in dates.parts), axis=1, op_version=opset)
    if isinstance(dates, ClockFeatures):
        parts = OnnxGather(parts, dates.kept_, axis=1, op_version=opset)
    centred = OnnxSub(parts, dates.medians_, op_version=opset)
    cast = OnnxCast(centred, to=onnx.TensorProto.FLOAT, op_version=opset, output_names=operator.outputs[:1])
    cast.add_to(scope, container)


class _Whole:
    """A node of whole numbers to calculate with, as with numpy's, as long as nothing below 0 is divided."""

    def __init__(self, node: object, opset: int) -> None:
        self.node, self._opset = node, opset

    def _joined(self, kind: Callable[..., object], other: "_Whole | int") -> "_Whole":
        operand = np.array([other], np.int64) if isinstance(other, int) else other.node
        return _Whole(kind(self.node, operand, op_version=self._opset), self._opset)

    def __abs__(self) -> "_Whole":
        return _Whole(OnnxAbs(self.node, op_version=self._opset), self._opset)

    __add__ = partialmethod(_joined, OnnxAdd)
    __sub__ = partialmethod(_joined, OnnxSub)
    __mul__ = partialmethod(_joined, OnnxMul)
    __floordiv__ = partialmethod(_joined, OnnxDiv)
