"""The scores of rows: computed in the same chunks whoever computes them, so they are the same to the bit."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from harness.core.cluster import on_cluster, spread_calls
from harness.core.errors import ProjectError
from harness.core.prepared import PreparedRows, chunks_of, feature_columns
from harness.inference.predictor import Predictor, Scores


@dataclass(frozen=True)
class RowsToScore:
    """A row group of prepared rows and the model file, for whichever machine scores it."""

    rows: PreparedRows
    group: int
    model: Path
    model_sha256: str

    def __str__(self) -> str:
        return f"{self.rows.path}: row group {self.group}"

    def call(self) -> Scores:
        """Their scores. Raises ProjectError if the model is another one there."""
        predictor = Predictor(self.model)
        if predictor.sha256 != self.model_sha256:
            raise ProjectError(f"{self.model}: this worker has another model than the machine that called")
        chunks = self.rows.chunks(group=self.group)
        return np.concatenate([predictor.scores(feature_columns(chunk, predictor.contract)) for chunk in chunks])


def scores_of(rows: pd.DataFrame | PreparedRows, predictor: Predictor) -> Scores:
    """The scores (n, classes) or (n, 1) of all rows; of rows in a file by the cluster, where there is one."""
    if isinstance(rows, PreparedRows) and on_cluster():
        seen = PreparedRows(rows.path.absolute())
        model = predictor.path.absolute()
        work = [RowsToScore(seen, group, model, predictor.sha256) for group in seen.row_groups()]
        return np.concatenate(list(spread_calls(RowsToScore.call, work)))
    return np.concatenate([predictor.scores(feature_columns(chunk, predictor.contract)) for chunk in chunks_of(rows)])
