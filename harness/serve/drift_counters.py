"""Rows by feature and bin, for Prometheus: whoever scrapes sees drift, with no job and no row kept.

Counting goes to a plain list; a thread hands it to Prometheus each second, so that a request pays for the list alone.
"""

import atexit
import threading
import time
from bisect import bisect_right
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from prometheus_client import CollectorRegistry, Counter, Gauge

from harness.core.contract import Contract
from harness.inference.predictor import Scores
from harness.inference.reference import SCORE_LABEL, Bins, Reference, Spread, watched_scores

MOST_FEATURES = 100  # are counted: 12 series each
EACH = 1.0  # seconds
BY_HAND = 8  # rows: fewer than this are counted one by one


class DriftCounters:
    """Counts the rows of one model; exact over several workers and replicas, for counters add up."""

    def __init__(self, reference: Reference, contract: Contract, registry: CollectorRegistry) -> None:
        self._task = reference.task
        numbers, texts = contract.names("numeric"), contract.names("categorical")
        features = [spread for spread in reference.features if spread.name in {*numbers, *texts}][:MOST_FEATURES]
        spreads = [*features, reference.score]
        starts = np.cumsum([0, *(len(spread.expected) for spread in spreads)]).tolist()
        placed = list(zip(features, starts, strict=False))
        self._numbers = [(numbers.index(s.name), start, s, _one_number(s)) for s, start in placed if s.name in numbers]
        self._texts = [(texts.index(s.name), start, s) for s, start in placed if s.name in texts]
        self._score, self._score_start, self._one_score = spreads[-1], starts[-2], _one_number(spreads[-1])
        self._size = starts[-1]
        self._now, self._before = [0] * self._size, [0] * self._size
        self._series = _series(spreads, reference.model[:12], registry)
        atexit.register(self.flush)
        threading.Thread(target=self._flush_each_second, daemon=True, name="drift-counters").start()

    def count(self, numeric: NDArray[np.float32], categorical: NDArray[np.object_], scores: Scores) -> None:
        """Count rows as they are encoded for the model, and what it said of them."""
        watched = watched_scores(scores, self._task)
        if len(watched) >= BY_HAND:
            self._count_many(numeric, categorical, watched)
            return
        pending = self._now
        for values, words, score in zip(numeric.tolist(), categorical.tolist(), watched.tolist(), strict=True):
            for place, start, _, number_bin in self._numbers:
                pending[start + number_bin(values[place])] += 1
            for place, start, spread in self._texts:
                pending[start + spread.text_bin(words[place])] += 1
            pending[self._score_start + self._one_score(score)] += 1

    def flush(self) -> None:
        """Hand everything to Prometheus."""
        self._hand_over()
        self._hand_over()

    def _count_many(
        self, numeric: NDArray[np.float32], categorical: NDArray[np.object_], watched: NDArray[np.float64]
    ) -> None:
        for place, start, spread, _ in self._numbers:
            self._add(start, spread.number_bins(numeric[:, place]))
        for place, start, spread in self._texts:
            self._add(start, spread.text_bins(categorical[:, place].tolist()))
        self._add(self._score_start, self._score.number_bins(watched))

    def _add(self, start: int, bins: Bins) -> None:
        pending = self._now
        for place, rows in enumerate(np.bincount(bins).tolist()):
            pending[start + place] += rows

    def _flush_each_second(self) -> None:
        while True:
            time.sleep(EACH)
            self._hand_over()

    def _hand_over(self) -> None:
        """Of two lists the older one: a second ago somebody may still have been writing to it."""
        full, self._before, self._now = self._before, self._now, [0] * self._size
        for place, rows in enumerate(full):
            if rows:
                self._series[place].inc(rows)


def _one_number(spread: Spread) -> Callable[[float], int]:
    edges, missing = list(spread.edges), len(spread.shares)
    return lambda value: missing if value != value else bisect_right(edges, value)  # noqa: PLR0124  (NaN)


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
