"""Rows by feature and bin, for Prometheus: whoever scrapes sees drift, with no job and no row kept.

A request only leaves its arrays; a thread counts what has come in a tenth of a second together.
"""

import atexit
import threading
import time
from collections import deque

import numpy as np
from numpy.typing import NDArray
from prometheus_client import CollectorRegistry, Counter, Gauge

from harness.core.contract import Contract
from harness.inference.predictor import Scores
from harness.inference.reference import SCORE_LABEL, Bins, Reference, Spread, watched_scores

MOST_FEATURES = 100  # are counted: 12 series each
EACH = 0.1  # seconds: what comes in them is counted together, which costs a tenth of counting row by row
MOST_LEFT = 1000  # are counted in one go
COUNTED_AT_ONCE = 256  # rows: requests of so many are counted by themselves
Counted = tuple[NDArray[np.float32], NDArray[np.object_], Scores]


class DriftCounters:
    """Counts the rows of one model; exact over several workers and replicas, for counters add up."""

    def __init__(self, reference: Reference, contract: Contract, registry: CollectorRegistry) -> None:
        self._task = reference.task
        numbers, texts = contract.names("numeric"), contract.names("categorical")
        features = [spread for spread in reference.features if spread.name in {*numbers, *texts}][:MOST_FEATURES]
        spreads = [*features, reference.score]
        starts = np.cumsum([0, *(len(spread.expected) for spread in spreads)]).tolist()
        placed = list(zip(features, starts, strict=False))
        self._numbers = [(numbers.index(s.name), start, s) for s, start in placed if s.name in numbers]
        self._texts = [(texts.index(s.name), start, s) for s, start in placed if s.name in texts]
        self._score, self._score_start = reference.score, starts[-2]
        self._left: deque[Counted] = deque()
        self._series = _series(spreads, reference.model[:12], registry)
        atexit.register(self.flush)
        threading.Thread(target=self._flush_for_ever, daemon=True, name="drift-counters").start()

    def count(self, numeric: NDArray[np.float32], categorical: NDArray[np.object_], scores: Scores) -> None:
        """Count rows as they are encoded for the model, and what it said of them."""
        if len(scores) < COUNTED_AT_ONCE:
            self._left.append((numeric, categorical, scores))
        else:
            self._count(numeric, categorical, scores)

    def flush(self) -> None:
        """Count what was left so far."""
        parts: list[Counted] = []
        rows = 0
        while self._left and rows < MOST_LEFT:
            parts.append(self._left.popleft())
            rows += len(parts[-1][2])
        if parts:
            numeric, categorical, scores = (np.concatenate(each) for each in zip(*parts, strict=True))
            self._count(numeric, categorical, scores)

    def _count(self, numeric: NDArray[np.float32], categorical: NDArray[np.object_], scores: Scores) -> None:
        for place, start, spread in self._numbers:
            self._add(start, spread.number_bins(numeric[:, place]))
        for place, start, spread in self._texts:
            self._add(start, spread.text_bins(categorical[:, place].tolist()))
        self._add(self._score_start, self._score.number_bins(watched_scores(scores, self._task)))

    def _add(self, start: int, bins: Bins) -> None:
        for place, rows in enumerate(np.bincount(bins).tolist()):
            if rows:
                self._series[start + place].inc(rows)

    def _flush_for_ever(self) -> None:
        while True:
            time.sleep(EACH)
            while self._left:
                self.flush()


def _series(spreads: list[Spread], model: str, registry: CollectorRegistry) -> list[Counter]:
    """A counter for each bin of each column, beside the share of the test rows that lie in it."""
    names = ["model", "feature", "bin"]
    rows = Counter("model_feature_rows", "Rows by feature and bin of reference.json", names, registry=registry)
    told = "Share of the test rows in the bin"
    shares = Gauge("model_feature_expected", told, names, registry=registry, multiprocess_mode="max")
    found = []
    for position, spread in enumerate(spreads):
        label = SCORE_LABEL if position == len(spreads) - 1 else spread.name
        for place, share in enumerate(spread.expected.tolist()):
            shares.labels(model, label, str(place)).set(share)
            found.append(rows.labels(model, label, str(place)))
    return found
