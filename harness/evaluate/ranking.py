"""Metrics of the order of the scores, ROC AUC and average precision, for many weightings of the rows at once."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Weighted = NDArray[np.float64]  # (weightings, rows) where it is given, (weightings,) where it is a metric
CACHED_CELLS = 2**16  # of weights: what is made of them fits into a processor's cache


def few_at_once(weights: Weighted) -> list[Weighted]:
    """The weightings (m, n), so few at once that they fit the cache; never one alone of several.

    numpy adds up the products of a single row in another order.
    """
    return np.array_split(weights, max(1, min(len(weights) // 2, weights.size // CACHED_CELLS)))


def ranking(positive: NDArray[np.bool_], score: Weighted) -> Callable[[Weighted], tuple[Weighted, Weighted]]:
    """ROC AUC (Mann-Whitney, ties half) and average precision (sum of precision × step in recall)."""
    order = np.argsort(-score, kind="stable")
    starts = np.flatnonzero(np.diff(score[order], prepend=np.inf))  # of the runs of equal scores
    hit = positive[order].astype(float)

    places = np.flatnonzero(hit)

    def rank_apart(weights: Weighted) -> tuple[Weighted, Weighted]:
        """Where no two scores are equal it is enough to look at the positive rows."""
        ordered = weights.take(order, axis=1)
        seen = ordered.cumsum(axis=1)
        positives, called = ordered.take(places, axis=1), seen.take(places, axis=1)
        above = positives.cumsum(axis=1)
        total = positives.sum(axis=1)
        negatives = seen[:, -1] - total
        pairs = np.einsum("ij,ij->i", positives, negatives[:, None] - (called - above))
        precision = above / np.where(called > 0, called, 1)
        return pairs / (total * negatives), np.einsum("ij,ij->i", positives, precision) / total

    # Runs of equal scores that hold a positive row: where they begin and end, among all rows and the positive ones.
    ends = np.append(starts[1:], len(order)) - 1
    first, last = np.searchsorted(places, starts), np.searchsorted(places, ends, side="right")
    held = last > first
    begins, ends, first, last = starts[held] - 1, ends[held], first[held] - 1, last[held] - 1

    def rank(weights: Weighted) -> tuple[Weighted, Weighted]:
        ordered = weights.take(order, axis=1)
        seen, above = ordered.cumsum(axis=1), ordered.take(places, axis=1).cumsum(axis=1)
        total = above[:, -1] if len(places) else np.zeros(len(weights))
        negatives = seen[:, -1] - total
        called, found = seen.take(ends, axis=1), above.take(last, axis=1)
        positives = found - _before(above, first)
        equal = called - _before(seen, begins) - positives  # negative rows of the same score
        pairs = np.einsum("ij,ij->i", positives, negatives[:, None] - (called - found) + equal / 2)
        precision = found / np.where(called > 0, called, 1)
        return pairs / (total * negatives), np.einsum("ij,ij->i", precision, positives) / total

    chosen = rank_apart if len(starts) == len(order) else rank

    def in_cache(weights: Weighted) -> tuple[Weighted, Weighted]:
        areas, precisions = zip(*map(chosen, few_at_once(weights)), strict=True)
        return np.concatenate(areas), np.concatenate(precisions)

    return in_cache


def _before(sums: Weighted, places: NDArray[np.int64]) -> Weighted:
    """The sums at these places; 0 before the first, which alone may be −1."""
    found = sums.take(places.clip(min=0), axis=1)
    if len(places) and places[0] < 0:
        found[:, 0] = 0
    return found
