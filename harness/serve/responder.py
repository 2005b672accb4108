"""A loaded model as the service uses it: rows in, an answer out, counted for Prometheus."""

from collections import Counter as Tally
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from harness.core.contract import Contract, as_text
from harness.core.errors import ProjectError
from harness.inference.predictor import Predictor, Scores, to_columns
from harness.serve.answer import Answer, Explanation, NoAnswerError
from harness.serve.deferred import Deferred
from harness.serve.drift_counters import DriftCounters
from harness.serve.explainer import Explainer
from harness.serve.rows import ColumnRows
from harness.serve.watch import own_reference, prediction_log

Answered = tuple[NDArray[np.float32], NDArray[np.object_], Scores]
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
        # Its own: BentoML gathers what its processes count from their files, whatever the registry.
        self.registry = CollectorRegistry()
        self._labels = Counter("model_predictions", "Rows by predicted label", ["label"], registry=self.registry)
        watched = f"Rows by {WATCHED[self.contract.task]}"
        self._scores = Histogram("model_score", watched, buckets=_buckets(self._predictor), registry=self.registry)
        told = "1, with the model's version"
        info = Gauge("model_info", told, ["version"], registry=self.registry, multiprocess_mode="max")
        info.labels(self.version).set(1)
        reference = own_reference(self._predictor)
        self._drift = DriftCounters(reference, self.contract, self.registry) if reference else None
        self._explainer = Explainer(self._predictor, reference) if reference else None
        self._log = prediction_log(self._predictor, self.registry)
        self._answered = Deferred(self._count)

    def answer(self, rows: Sequence[Mapping[str, object]]) -> Answer:
        """The answer to rows that the contract allows. Raises NoAnswerError if the model has none."""
        encoded = self._predictor.encode(_columns_of(rows, self.contract))
        scores = self._predictor.run(*encoded)
        _check_finite(scores)
        self._answered.put((*encoded, scores), len(scores))
        if self._log:
            self._log.put(rows, scores)
        labels = self._predictor.predict(scores)
        return Answer(self.version, labels, scores, self.contract.classes, self._predictor.conformal)

    def explain(self, rows: Sequence[Mapping[str, object]]) -> list[Explanation]:
        """Each row's answer, explained; of the model file, whatever src/service.py adds. It counts as no prediction.

        Raises ProjectError without the model's reference.json, NoAnswerError if the model has no answer.
        """
        if self._explainer is None:
            raise ProjectError("nothing to explain by: the model's reference.json is not beside it")
        encoded = self._predictor.encode(to_columns(rows, self.contract))
        _check_finite(self._predictor.run(*encoded))
        return self._explainer.explain(encoded)

    def flush(self) -> None:
        """Count what was answered and still waits for it."""
        self._answered.flush()

    def _count(self, answered: list[Answered]) -> None:
        """Rows by label, by score, and, where there is a reference, by feature and bin."""
        numeric, categorical, scores = (np.concatenate(parts) for parts in zip(*answered, strict=True))
        if self.contract.classes:
            for label, rows in Tally(self._predictor.predict(scores)).items():
                self._labels.labels(as_text(label)).inc(rows)
        self._observe(scores[:, 1] if self.contract.task == "binary" else scores.max(axis=1))
        if self._drift:
            self._drift.count(numeric, categorical, scores)

    def _observe(self, watched: NDArray[np.float32]) -> None:
        """A bucket at a time, for which prometheus_client has no call of its own."""
        counts = np.bincount(np.searchsorted(self._scores._upper_bounds, watched))
        for bucket, rows in zip(self._scores._buckets, counts.tolist(), strict=False):
            bucket.inc(rows)
        self._scores._sum.inc(float(watched.sum(dtype=np.float64)))


def _columns_of(rows: Sequence[Mapping[str, object]], contract: Contract) -> Mapping[str, Sequence[object]]:
    """What came as columns and nobody looked at need not become rows."""
    given = rows.columns if isinstance(rows, ColumnRows) else None
    return to_columns(rows, contract) if given is None else given


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
