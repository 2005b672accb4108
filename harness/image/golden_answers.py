"""The golden rows asked over HTTP: whether a service gives the answers that its model file holds."""

from typing import Any

import numpy as np

from harness.core.contract import as_text
from harness.core.errors import ProjectError
from harness.inference.predictor import Predictor

NEAR = 1e-6  # of probabilities, which other processors may round otherwise
ANSWER_SHOWN = 80  # characters of an answer in an error


class GoldenAnswers:
    """What a service must answer to the golden rows of a model."""

    def __init__(self, predictor: Predictor) -> None:
        golden = predictor.golden
        self.rows = golden["rows"]
        self._expected = np.asarray(golden["answers"], dtype=np.float32)
        self._labels = predictor.predict(self._expected)
        self._keys = [as_text(label) for label in predictor.contract.classes]
        self._near = golden["tolerance"] if predictor.contract.task == "regression" else NEAR

    def compare(self, answer: Any) -> str:
        """How near the answers are. Raises ProjectError if one is not alike, KeyError if a part of it is absent."""
        predictions = answer["predictions"]
        found = np.asarray([self._scores(row) for row in predictions], dtype=np.float32)
        for row, (label, prediction) in enumerate(zip(self._labels, predictions, strict=True), start=1):
            off = np.abs(found[row - 1] - self._expected[row - 1]).max()
            if not off <= self._near or (self._keys and prediction["label"] != label):
                told = f"{label} {self._expected[row - 1]}"[:ANSWER_SHOWN]
                raise ProjectError(f"golden row {row}: must give {told}, got {str(prediction)[:ANSWER_SHOWN]}")
        alike = (found == self._expected).all()
        how = "equal to the last bit" if alike else f"within {np.abs(found - self._expected).max():.1e}"
        return f"{len(found)} answers {how}"

    def _scores(self, prediction: dict[str, Any]) -> list[float]:
        return [prediction["probabilities"][key] for key in self._keys] if self._keys else [prediction["value"]]
