"""The ONNX form of WordWeights. That of scikit-learn's TfidfVectorizer takes some pairs of words for one word."""

import numpy as np
import onnx
from skl2onnx import update_registered_converter
from skl2onnx.algebra.onnx_ops import (
    OnnxCast,
    OnnxDiv,
    OnnxFlatten,
    OnnxMax,
    OnnxMul,
    OnnxReduceSum,
    OnnxSqrt,
    OnnxTfIdfVectorizer,
)
from skl2onnx.common._topology import Scope
from skl2onnx.common.data_types import FloatTensorType, StringTensorType

from harness.model.onnx_converters import Container, Operator
from harness.model.text import DOMAIN, WORD, WORDS_OF_A_TERM, WordWeights


def register_words() -> None:
    """Make it known to skl2onnx."""
    update_registered_converter(WordWeights, "WordWeights", _words_shape, _convert_words)


def _words_shape(operator: Operator) -> None:
    operator.outputs[0].type = FloatTensorType([None, len(operator.raw_operator.weights_)])


def _convert_words(scope: Scope, operator: Operator, container: Container) -> None:
    """Cut, count, weigh, and divide by the length: in float64, where the squares of the weights add up exactly."""
    opset = container.target_opset
    words = OnnxFlatten(_cut(scope, operator, container), op_version=opset)
    counts = OnnxCast(_count(words, operator.raw_operator.terms(), opset), to=onnx.TensorProto.DOUBLE, op_version=opset)
    weighed = OnnxMul(counts, operator.raw_operator.weights_, op_version=opset)
    squares = OnnxReduceSum(
        OnnxMul(weighed, weighed, op_version=opset), np.array([1], np.int64), keepdims=1, op_version=opset
    )
    # A weight is 1 at least, so only a text without a known word is shorter, and stays 0.
    length = OnnxMax(OnnxSqrt(squares, op_version=opset), np.array([1.0]), op_version=opset)
    of_length_1 = OnnxDiv(weighed, length, op_version=opset)
    cast = OnnxCast(of_length_1, to=onnx.TensorProto.FLOAT, op_version=opset, output_names=operator.outputs[:1])
    cast.add_to(scope, container)


def _cut(scope: Scope, operator: Operator, container: Container) -> object:
    """Texts (n, 1) → words (n, 1, most words of a text); a shorter text is filled with what is no word."""
    (domain,) = DOMAIN
    words = scope.declare_local_variable("words", StringTensorType())
    container.add_node(
        "Tokenizer",
        [operator.inputs[0].full_name],
        [words.full_name],
        op_domain=domain,
        op_version=DOMAIN[domain],
        name=scope.get_unique_operator_name("Tokenizer"),
        tokenexp=WORD,
        pad_value="#",
        mark=False,
        mincharnum=1,
    )
    return words


def _count(words: object, terms: list[tuple[str, ...]], opset: int) -> object:
    """Words → how often each term occurs, (n, terms) float32. ONNX wants the single words before the pairs."""
    by_length = sorted(range(len(terms)), key=lambda column: len(terms[column]))
    shortest, longest = WORDS_OF_A_TERM
    return OnnxTfIdfVectorizer(
        words,
        mode="TF",
        min_gram_length=shortest,
        max_gram_length=longest,
        max_skip_count=0,
        ngram_counts=[0, sum(len(term) == 1 for term in terms)],
        ngram_indexes=by_length,
        pool_strings=[word for column in by_length for word in terms[column]],
        op_version=opset,
    )
