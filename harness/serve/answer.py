"""The answer to a request: what ModelService.predict returns."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import compress
from typing import TYPE_CHECKING

from pydantic_core import to_json
from typing_extensions import TypedDict

from harness.core.contract import Label, as_text

if TYPE_CHECKING:  # the process that only starts others must not hold numpy
    from harness.inference.conformal import Conformal
    from harness.inference.predictor import Scores


DICT_ROWS = 16  # are as quickly written from dicts


class Prediction(TypedDict, total=False):
    """Of one row: the label and the probability of each class, or the value; and what the model widens it to."""

    label: Label
    probabilities: dict[str, float]
    prediction_set: list[Label]
    value: Label
    prediction_interval: list[float]


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

    def __init__(
        self,
        model_version: str,
        labels: list[Label],
        scores: "Scores",
        classes: tuple[Label, ...],
        conformal: "Conformal | None" = None,
    ) -> None:
        self.model_version = model_version
        self._labels, self._scores, self._classes, self._conformal = labels, scores, classes, conformal

    @cached_property
    def predictions(self) -> list[Prediction]:
        """Of each row `{"label": …, "probabilities": {class: …}}` or `{"value": …}`; and its set, or interval."""
        if not self._classes:
            made: list[Prediction] = [{"value": label} for label in self._labels]
        else:
            names = [as_text(label) for label in self._classes]
            made = [
                {"label": label, "probabilities": dict(zip(names, row, strict=True))}
                for label, row in zip(self._labels, self._scores.tolist(), strict=True)
            ]
        if self._conformal:
            self._widen(made, self._conformal)
        return made

    def _widen(self, made: list[Prediction], conformal: "Conformal") -> None:
        if not self._classes:
            low, high = conformal.intervals(self._scores)
            for prediction, *ends in zip(made, low.tolist(), high.tolist(), strict=True):
                prediction["prediction_interval"] = ends
            return
        for prediction, inside in zip(made, conformal.sets(self._scores).tolist(), strict=True):
            prediction["prediction_set"] = list(compress(self._classes, inside))

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
        if len(self) <= DICT_ROWS or self._conformal or not self.is_untouched:
            return to_json(self.to_dict())
        return b'{"model_version":%b,"predictions":[%b]}' % (to_json(self.model_version), b",".join(self._written()))

    def _written(self) -> Iterator[bytes]:
        """Each prediction's JSON: its numbers are written all at once, and no dict is made of them."""
        if not self._classes:
            yield from (b'{"value":%b}' % value for value in _numbers(self._labels))
            return
        names = [to_json(as_text(label)).replace(b"%", b"%%") for label in self._classes]
        form = b'{"label":%b,"probabilities":{' + b",".join(name + b":%b" for name in names) + b"}}"
        labels = {label: to_json(label) for label in self._classes}
        shares = iter(_numbers(self._scores.ravel().tolist()))
        for row in zip((labels[label] for label in self._labels), *[shares] * len(names), strict=True):
            yield form % row


def _numbers(values: Sequence[Label]) -> list[bytes]:
    """The JSON of each of several finite numbers."""
    return to_json(values)[1:-1].split(b",")


class NoAnswerError(Exception):
    """The model has no finite answer to these rows, by position."""

    def __init__(self, rows: list[int]) -> None:
        self.rows = rows
