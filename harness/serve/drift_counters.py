"""Rows by feature and bin, for Prometheus: whoever scrapes sees drift, with no job and no row kept."""

from collections import Counter as Tally

import numpy as np
from numpy.typing import NDArray
from prometheus_client import CollectorRegistry, Counter, Gauge

from harness.core.contract import Contract
from harness.inference.predictor import Scores
from harness.inference.reference import SCORE_LABEL, Reference, Spread, watched_scores

MOST_FEATURES = 100  # are counted: 12 series each


def bin_labels(size: int) -> list[str]:
    """What Prometheus calls the bins of a column: numbers, and by name the two that an alert asks for."""
    return [*map(str, range(size - 2)), "missing", "unseen"]


class DriftCounters:
    """Counts the rows of one model; exact over several workers and replicas, for counters add up."""

    def __init__(self, reference: Reference, contract: Contract, registry: CollectorRegistry) -> None:
        self._task = reference.task
        numbers, texts = contract.columns("numeric"), contract.names("categorical")
        features = [spread for spread in reference.features if spread.name in {*numbers, *texts}][:MOST_FEATURES]
        spreads = [*features, reference.score]
        starts = np.cumsum([0, *(len(spread.expected) for spread in spreads)]).tolist()
        placed = list(zip(features, starts, strict=False))
        self._numbers = [(numbers.index(s.name), start, s) for s, start in placed if s.name in numbers]
        self._texts = [(texts.index(s.name), start, s) for s, start in placed if s.name in texts]
        self._score, self._score_start = reference.score, starts[-2]
        self._series = _series(spreads, reference.model[:12], registry)

    def count(self, numeric: NDArray[np.float32], categorical: NDArray[np.object_], scores: Scores) -> None:
        """Count rows encoded as numeric (n, k) and categorical (n, k), and their scores (n, classes) or (n, 1)."""
        for place, start, spread in self._numbers:
            self._add(start, np.bincount(spread.number_bins(numeric[:, place])).tolist())
        for place, start, spread in self._texts:
            for text, rows in Tally(categorical[:, place].tolist()).items():
                self._series[start + spread.text_bin(text)].inc(rows)
        found = self._score.number_bins(watched_scores(scores, self._task))
        self._add(self._score_start, np.bincount(found).tolist())

    def _add(self, start: int, counts: list[int]) -> None:
        for place, rows in enumerate(counts):
            if rows:
                self._series[start + place].inc(rows)


def _series(spreads: list[Spread], model: str, registry: CollectorRegistry) -> list[Counter]:
    """A counter for each bin of each column, beside the share of the test rows that lie in it."""
    names = ["model", "feature", "bin"]
    rows = Counter("model_feature_rows", "Rows by feature and bin of reference.json", names, registry=registry)
    told = "Share of the test rows in the bin"
    shares = Gauge("model_feature_expected", told, names, registry=registry, multiprocess_mode="max")
    found = []
    for position, spread in enumerate(spreads):
        label = SCORE_LABEL if position == len(spreads) - 1 else spread.name
        for name, share in zip(bin_labels(len(spread.expected)), spread.expected.tolist(), strict=True):
            if spread.kind != "date":  # which moves with time: it is counted, and compared with nothing
                shares.labels(model, label, name).set(share)
            found.append(rows.labels(model, label, name))
    return found
