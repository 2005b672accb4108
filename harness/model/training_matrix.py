"""What an estimator learns from, a part at a time: the features fitted on columns in turn, their values made anew."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import TargetEncoder

from harness.model.encoded_rows import EncodedRows

FeatureMatrix = NDArray[np.float64]
HEAD = 100  # rows that tell scikit-learn the columns


@dataclass(frozen=True)
class TrainingMatrix:
    """Rows (n) of features as double (n, width); small, so it can be sent to a worker that sees the folder."""

    rows: EncodedRows
    features: ColumnTransformer
    apart: dict[str, int]  # parts whose training rows have values of their own, and their width

    @property
    def width(self) -> int:
        """How many columns there are."""
        return int(max(part.stop for part in self.features.output_indices_.values()))

    def part(self, part: slice) -> FeatureMatrix:
        """Some rows, as the whole pipeline's fit would see them."""
        made: FeatureMatrix = self.features.transform(self.rows.frame(part)).astype(np.float64)
        for name, width in self.apart.items():
            path, size = self.rows.folder / f"{name}.apart", 4 * width
            values = np.fromfile(path, np.float32, (part.stop - part.start) * width, offset=part.start * size)
            made[:, self.features.output_indices_[name]] = values.reshape(-1, width)
        return made


def fit_features(features: ColumnTransformer, rows: EncodedRows, y: NDArray[np.generic]) -> TrainingMatrix:
    """Fit each part on its own columns (n, some): what is learnt is what all columns at once would teach."""
    whole, fitted, apart = slice(0, rows.rows), [], {}
    for name, unfitted, places in features.transformers:
        part, columns = clone(unfitted), rows.frame(whole, list(places))
        if isinstance(part, Pipeline) and isinstance(part[0], TargetEncoder):  # keeps a row's own target out of it
            made = part.fit_transform(columns, y)
            made.astype(np.float32).tofile(rows.folder / f"{name}.apart")
            apart[name] = made.shape[1]
        else:
            part.fit(columns, y)
        fitted.append((name, part, places))
    return TrainingMatrix(rows, _joined(features, fitted, rows), apart)


def _joined(features: ColumnTransformer, fitted: list[tuple[str, object, list[int]]], rows: EncodedRows) -> object:
    """The parts as one fitted ColumnTransformer."""
    frozen = [(name, FrozenEstimator(part), places) for name, part, places in fitted]
    joined = clone(features).set_params(transformers=frozen).fit(rows.frame(slice(0, min(HEAD, rows.rows))))
    joined.transformers, joined.transformers_ = features.transformers, fitted
    return joined
