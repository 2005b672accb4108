"""An open set of names as one number: the target's mean for each value, rare values counted as one.

A value of few rows may be a person (a doctor, a street), and what the encoder knows stands in the model file, which is
published. So such values are not kept, and one that is not known is scored as they are: as one of the rare.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.preprocessing import TargetEncoder

from harness.core.contract import FEW_ROWS

TextTable = pd.DataFrame | NDArray[np.object_]  # rows × columns of texts
RARE_VALUE = "\ue000"  # in place of each rare value: a letter of nobody, which no table holds


class TargetMeans(TargetEncoder):  # type: ignore[misc]
    """scikit-learn's TargetEncoder with one mean for all rare values; an empty text is missing."""

    def fit(self, X: TextTable, y: ArrayLike) -> "TargetMeans":
        """Learn which values are frequent, and the mean of each."""
        super().fit(self._learnt(X), y)
        return self

    def fit_transform(self, X: TextTable, y: ArrayLike) -> NDArray[np.float64]:
        """The training rows' means, each row's own target kept out of its own."""
        encoded: NDArray[np.float64] = super().fit_transform(self._learnt(X), y)
        return encoded

    def transform(self, X: TextTable) -> NDArray[np.float64]:
        """The means of other rows."""
        encoded: NDArray[np.float64] = super().transform(self._folded(pd.DataFrame(X)))
        return encoded

    def _learnt(self, X: TextTable) -> pd.DataFrame:
        frame = pd.DataFrame(X)  # its index, which may hold the groups, stays
        self.kept_ = [_frequent(frame.iloc[:, place]) for place in range(frame.shape[1])]  # of each column
        return self._folded(frame)

    def _folded(self, frame: pd.DataFrame) -> pd.DataFrame:
        columns = [frame.iloc[:, place] for place in range(frame.shape[1])]
        folded = [column.where(column.isin(kept), RARE_VALUE) for column, kept in zip(columns, self.kept_, strict=True)]
        return pd.concat(folded, axis=1)


def _frequent(column: "pd.Series[str]") -> set[str]:
    rows = column.value_counts()
    return set(rows.index[(rows >= FEW_ROWS) | (rows.index == "")])
