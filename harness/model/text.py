"""Free texts → how much their words and pairs of words weigh: TF-IDF that the model file repeats to the last bit."""

from collections.abc import Sequence
from typing import Self

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import CountVectorizer

# A word is what stands between these. Python and ONNX (RE2) know other letters: a class that lists what is none is the
# same to both.
WORD = r"[^ \t\n\r.,;:!?\"'()\[\]{}<>/|*+=#@&%$~`_\-]+"
MOST_WORDS = 500  # the most frequent ones, and pairs of them, of one column
WORDS_OF_A_TERM = (1, 2)
DOMAIN = {"com.microsoft": 1}  # where onnxruntime keeps the operator that cuts texts
STEPS = 1024  # per unit of a term's weight


class WordWeights(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Texts (n,) → (n, MOST_WORDS at most) float32, sparse; each row of length 1, or 0 where no known word is.

    Texts come in lower case: ONNX would need a locale for that. The weights are those of scikit-learn's
    TfidfVectorizer, but as multiples of 1/STEPS. Their squares' sum is then exact, in any order, up to some thousand
    words of a text. A tree that splits between two almost equal weights finds the same two in the model file.
    """

    def fit(self, texts: Sequence[str], y: object = None) -> Self:
        self.fit_transform(texts, y)
        return self

    def fit_transform(self, texts: Sequence[str], y: object = None) -> csr_matrix:
        """Raises ValueError if no text has a word."""
        del y
        self.counter_ = CountVectorizer(
            token_pattern=WORD,
            ngram_range=WORDS_OF_A_TERM,
            max_features=MOST_WORDS,
            lowercase=False,
            dtype=np.float64,
        )
        counts = self.counter_.fit_transform(texts)
        having = np.bincount(counts.indices, minlength=counts.shape[1])
        self.weights_ = np.round((np.log((1 + counts.shape[0]) / (1 + having)) + 1) * STEPS) / STEPS
        return self._weigh(counts)

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        return self._weigh(self.counter_.transform(texts))

    def terms(self) -> list[tuple[str, ...]]:
        """The words of each column's term. A pair is kept for itself: its words may be none of the most frequent."""
        return [tuple(term.split(" ")) for term in self.counter_.get_feature_names_out()]

    def _weigh(self, counts: csr_matrix) -> csr_matrix:
        counts.data *= self.weights_[counts.indices]
        lengths = np.sqrt(np.asarray(counts.power(2).sum(axis=1)).ravel())
        counts.data /= np.repeat(lengths, np.diff(counts.indptr))
        return counts.astype(np.float32)
