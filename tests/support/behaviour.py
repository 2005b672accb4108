"""What a model answers to the test rows when a column is changed: for tests of its behaviour, of three lines each."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.core.paths import MODEL_PATH, PREPARED
from harness.core.prepared import Prepared, feature_columns
from harness.inference.predictor import Predictor, decide

Change = object | Callable[["pd.Series[Any]"], object]  # a value for all rows, or a function of the column


@dataclass(frozen=True)
class Behaviour:
    """A model file and the test rows of its project."""

    predictor: Predictor
    rows: pd.DataFrame

    @classmethod
    def of(cls, folder: Path) -> "Behaviour":
        """Of a project whose pipeline has run."""
        return cls(Predictor(folder / MODEL_PATH), Prepared(folder / PREPARED).read_rows("test"))

    def scores(self, **changes: Change) -> NDArray[np.float64]:
        """The probability of the positive class, or the value, of each test row with columns changed (n,)."""
        made: dict[str, Any] = {name: how(self.rows[name]) if callable(how) else how for name, how in changes.items()}
        rows = self.rows.assign(**made)
        return self.predictor.scores(feature_columns(rows, self.predictor.contract))[:, -1].astype(np.float64)

    def flipped(self, **changes: Change) -> float:
        """The share of the rows whose label is another one with columns changed."""
        before, after = (self.scores(**each) for each in ({}, changes))
        labels = (decide(np.column_stack([1 - p, p]), self.predictor.threshold) for p in (before, after))
        return float(np.not_equal(*labels).mean())
