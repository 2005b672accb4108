"""A loaded model as the service uses it: rows in, an answer out, counted for Prometheus."""

from collections import Counter as Tally
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from harness.core.contract import Label, as_text
from harness.inference.predictor import Predictor, Scores, encode, to_columns
from harness.serve.answer import Answer, NoAnswerError
from harness.serve.watch import Watch

COUNTED_SINGLY = 64  # rows: fewer than this
SHARES = tuple(round(0.05 * step, 2) for step in range(1, 20))
WATCHED = {"binary": "probability of the positive class", "multiclass": "highest probability", "regression": "value"}


class Responder:
    """Answers requests with one model file; it has answered its golden rows before it answers anybody else.

    Raises ProjectError if the file cannot be loaded, or answers otherwise than at export.
    """

    def __init__(self, model: Path) -> None:
        self._predictor = Predictor(model)
        self._predictor.check_golden()
        self.contract = self._predictor.contract
        self.version = self._predictor.version
        self._classes = [as_text(label) for label in self.contract.classes]
        # Its own: BentoML gathers what its processes count from their files, whatever the registry.
        self.registry = CollectorRegistry()
        self._labels = Counter("model_predictions", "Rows by predicted label", ["label"], registry=self.registry)
        watched = f"Rows by {WATCHED[self.contract.task]}"
        self._scores = Histogram("model_score", watched, buckets=_buckets(self._predictor), registry=self.registry)
        told = "1, with the model's version"
        info = Gauge("model_info", told, ["version"], registry=self.registry, multiprocess_mode="max")
        info.labels(self.version).set(1)
        self._watch = Watch(self._predictor, self.registry)

    def answer(self, rows: Sequence[Mapping[str, object]]) -> Answer:
        """The answer to rows that the contract allows. Raises NoAnswerError if the model has none."""
        encoded = encode(to_columns(rows, self.contract), self.contract)
        scores = self._predictor.run(*encoded)
        _check_finite(scores)
        labels = self._predictor.predict(scores)
        self._count(labels, scores)
        self._watch.see(rows, encoded, scores)
        return Answer(self.version, labels, scores, self._classes)

    def _count(self, labels: list[Label], scores: Scores) -> None:
        watched = scores[:, 1] if self.contract.task == "binary" else scores.max(axis=1)
        self._observe(watched)
        for label, rows in Tally(labels).items() if self._classes else ():
            self._labels.labels(as_text(label)).inc(rows)

    def _observe(self, watched: NDArray[np.float32]) -> None:
        """A value a row; of many rows a bucket at a time, for which prometheus_client has no call of its own."""
        if len(watched) < COUNTED_SINGLY:
            for value in watched.tolist():
                self._scores.observe(value)
            return
        counts = np.bincount(np.searchsorted(self._scores._upper_bounds, watched))
        for bucket, rows in zip(self._scores._buckets, counts.tolist(), strict=False):
            bucket.inc(rows)
        self._scores._sum.inc(float(watched.sum(dtype=np.float64)))


def _buckets(predictor: Predictor) -> tuple[float, ...]:
    """Bounds of the histogram: of probabilities every 0.05, of values the deciles of the golden answers."""
    if predictor.contract.task != "regression":
        return SHARES
    deciles = np.quantile(predictor.golden["answers"], np.linspace(0, 1, 11))
    return tuple(np.unique(deciles).tolist())


def _check_finite(scores: Scores) -> None:
    """A number beyond float32 can make a model answer with no number at all."""
    finite = np.isfinite(scores)
    if not finite.all():
        raise NoAnswerError(np.flatnonzero(~finite.all(axis=1)).tolist())
