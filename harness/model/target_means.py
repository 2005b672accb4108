"""An open set of names as one number: the target's mean for each value, rare values counted as one.

A value of few rows may be a person (a doctor, a street), and what the encoder knows stands in the model file, which is
published. So such values are not kept, and one that is not known is scored as they are: as one of the rare.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.preprocessing import TargetEncoder

from harness.core.contract import FEW_ROWS

RARE_VALUE = "\ue000"  # in place of each rare value: a letter of nobody, which no table holds


class TargetMeans(TargetEncoder):  # type: ignore[misc]
    """scikit-learn's TargetEncoder, but for rare values; of texts alone, the empty one is missing."""

    def fit(self, X: ArrayLike, y: ArrayLike) -> "TargetMeans":
        """Learn which values are frequent, and the mean of each."""
        texts = np.asarray(X, dtype=object)
        self.kept_ = [_frequent(column) for column in texts.T]  # of each column
        super().fit(self._folded(texts), y)
        return self

    def fit_transform(self, X: ArrayLike, y: ArrayLike) -> NDArray[np.float64]:
        """The training rows' means, each row's own target kept out of its own."""
        texts = np.asarray(X, dtype=object)
        self.kept_ = [_frequent(column) for column in texts.T]
        encoded: NDArray[np.float64] = super().fit_transform(self._folded(texts), y)
        return encoded

    def transform(self, X: ArrayLike) -> NDArray[np.float64]:
        """The means of other rows."""
        encoded: NDArray[np.float64] = super().transform(self._folded(np.asarray(X, dtype=object)))
        return encoded

    def _folded(self, texts: NDArray[np.object_]) -> NDArray[np.object_]:
        columns = zip(texts.T, self.kept_, strict=True)
        return np.column_stack([np.where(pd.Series(column).isin(kept), column, RARE_VALUE) for column, kept in columns])


def _frequent(column: NDArray[np.object_]) -> set[str]:
    rows = pd.Series(column).value_counts()
    return set(rows.index[(rows >= FEW_ROWS) | (rows.index == "")])
