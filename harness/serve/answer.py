"""The answer to a request: what ModelService.predict returns."""

from functools import cached_property
from typing import TYPE_CHECKING

from pydantic_core import to_json
from typing_extensions import TypedDict

from harness.core.contract import Label

if TYPE_CHECKING:  # the process that only starts others must not hold numpy
    from harness.inference.predictor import Scores


class Prediction(TypedDict, total=False):
    """Of one row: the label and the probability of each class, or the value."""

    label: Label
    probabilities: dict[str, float]
    value: Label


class ColumnChange(TypedDict):
    """What becomes of the answer without the value of a column: mean change, and spread over the replacements."""

    feature: str
    change: float
    spread: float


class Explanation(TypedDict):
    """Of one row: what is explained (the score of `of`), and the change by each column."""

    of: str
    score: float
    features: list[ColumnChange]


class Answer:
    """Which model answers, and its predictions, one per row, in their order: dicts that may be changed.

    They are made when they are first looked at: an answer that nobody changes is written without them.
    """

    def __init__(self, model_version: str, labels: list[Label], scores: "Scores", classes: list[str]) -> None:
        self.model_version = model_version
        self._labels, self._scores, self._classes = labels, scores, classes

    @cached_property
    def predictions(self) -> list[Prediction]:
        """`{"label": …, "probabilities": {class: …}}` for each row, or `{"value": …}`."""
        if not self._classes:
            return [{"value": label} for label in self._labels]
        return [
            {"label": label, "probabilities": dict(zip(self._classes, row, strict=True))}
            for label, row in zip(self._labels, self._scores.tolist(), strict=True)
        ]

    def __len__(self) -> int:
        return len(self._labels)

    @property
    def is_untouched(self) -> bool:
        """Whether it still says what the model said."""
        return "predictions" not in self.__dict__

    def to_dict(self) -> dict[str, object]:
        """The answer as it goes over the wire."""
        return {"model_version": self.model_version, "predictions": self.predictions}

    def to_json(self) -> bytes:
        """The answer's JSON, whose form is right if it is untouched."""
        return to_json(self.to_dict())


class NoAnswerError(Exception):
    """The model has no finite answer to these rows, by position."""

    def __init__(self, rows: list[int]) -> None:
        self.rows = rows
