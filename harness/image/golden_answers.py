"""The golden rows asked over HTTP: whether a service gives the answers that its model file holds."""

from itertools import compress
from typing import Any

import numpy as np

from harness.core.contract import Label, as_text
from harness.core.errors import ProjectError
from harness.inference.predictor import Predictor, Scores

ANSWER_PARTS = {"label", "probabilities", "prediction_set", "value", "prediction_interval"}  # more is the project's own
NEAR = 1e-6  # of probabilities, which other processors may round otherwise
ANSWER_SHOWN = 80  # characters of an answer in an error


class GoldenAnswers:
    """What a service must answer to the golden rows of a model."""

    def __init__(self, predictor: Predictor) -> None:
        golden = predictor.golden
        self.rows = golden["rows"]
        self._expected = np.asarray(golden["answers"], dtype=np.float32)
        self._labels = predictor.predict(self._expected)
        self._classes, self._conformal = predictor.contract.classes, predictor.conformal
        self._keys = [as_text(label) for label in self._classes]
        self._near = golden["tolerance"] if predictor.contract.task == "regression" else NEAR
        self._parts = {"label", "probabilities"} if self._keys else {"value"}
        if self._conformal:
            self._parts |= {"prediction_set" if self._keys else "prediction_interval"}

    def compare(self, answer: Any) -> str:
        """How near the answers are. Raises ProjectError if one differs, KeyError if there are none.

        A set or an interval is what the model file makes of the answered probabilities, or the value.
        """
        predictions = answer["predictions"]
        if more := set(answer) - {"model_version", "predictions"}:
            raise ProjectError(f"the answer must not hold {str(sorted(more))[:ANSWER_SHOWN]}")
        for row, prediction in enumerate(predictions, start=1):
            self._check_parts(f"golden row {row}", prediction)
        found = np.asarray([self._scores(prediction) for prediction in predictions], dtype=np.float32)
        for row, (label, prediction) in enumerate(zip(self._labels, predictions, strict=True), start=1):
            off = np.abs(found[row - 1] - self._expected[row - 1]).max()
            if not off <= self._near or (self._keys and not are_same([prediction["label"]], [label])):
                told = f"{label} {self._expected[row - 1]}"[:ANSWER_SHOWN]
                raise ProjectError(f"golden row {row}: must give {told}, got {str(prediction)[:ANSWER_SHOWN]}")
            self._check_width(f"golden row {row}", found[row - 1 : row], prediction)
        alike = (found == self._expected).all()
        how = "equal to the last bit" if alike else f"within {np.abs(found - self._expected).max():.1e}"
        return f"{len(found)} answers {how}"

    def _scores(self, prediction: dict[str, Any]) -> list[float]:
        return [prediction["probabilities"][key] for key in self._keys] if self._keys else [prediction["value"]]

    def _check_parts(self, row: str, prediction: dict[str, Any]) -> None:
        """Raises ProjectError unless it has exactly the parts, and the classes, that this model answers."""
        if prediction.keys() & ANSWER_PARTS != self._parts:
            got = str(sorted(prediction))[:ANSWER_SHOWN]
            raise ProjectError(f"{row}: must hold {', '.join(sorted(self._parts))}, got {got}")
        if self._keys and set(prediction["probabilities"]) != set(self._keys):
            must, got = (", ".join(sorted(names))[:ANSWER_SHOWN] for names in (self._keys, prediction["probabilities"]))
            raise ProjectError(f"{row}: must give probabilities of {must}, got those of {got}")

    def _check_width(self, row: str, scores: Scores, prediction: dict[str, Any]) -> None:
        """Raises ProjectError unless the set, or the interval, follows from the scores (1, classes), or the value."""
        if self._conformal is None:
            return
        must: list[Label]
        if self._keys:
            part, must = "prediction_set", list(compress(self._classes, self._conformal.sets(scores)[0].tolist()))
            right = are_same(prediction[part], must)
        else:
            part, must = "prediction_interval", [float(ends[0]) for ends in self._conformal.intervals(scores)]
            ends = prediction[part]
            right = _are_numbers(ends) and all(abs(a - b) <= self._near for a, b in zip(ends, must, strict=True))
        if not right:
            must_be, got = str(must)[:ANSWER_SHOWN], str(prediction[part])[:ANSWER_SHOWN]
            raise ProjectError(f"{row}: {part} must be {must_be}, got {got}")


def are_same(found: object, labels: list[Label]) -> bool:
    """To Python 1, 1.0 and True are one label; to who reads JSON they are not."""
    return isinstance(found, list) and [(type(one), one) for one in found] == [(type(one), one) for one in labels]


def _are_numbers(ends: object) -> bool:
    return isinstance(ends, list) and len(ends) == 2 and all(type(end) in {int, float} for end in ends)
