"""Seconds and peak memory of the bootstrap of all binary metrics, beside a loop that calls scikit-learn's."""

import argparse
import os
from statistics import median
from time import perf_counter

import numpy as np
from sklearn import metrics

from bench.measure import own_peak, verdict
from bench.paired import blur
from harness.compare.verdicts import compare
from harness.evaluate.bootstrap import Subset, intervals
from harness.evaluate.sample import Sample

SECONDS = 20.0  # on 2 cores
REPEATS = 3


def draw(rows: int) -> Sample:
    """Rows whose probabilities are right."""
    rng = np.random.default_rng(0)
    chance = 1 / (1 + np.exp(-1.5 * rng.normal(size=rows)))
    return Sample("binary", (rng.random(rows) < chance).astype(np.int64), np.column_stack([1 - chance, chance]), 0.5)


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench bootstrap", description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000, help="rows of the test set (200000)")
    parser.add_argument("--resamples", type=int, default=2000, help="resamples (2000)")
    parser.add_argument("--peer", type=int, default=5, help="resamples of the peer, whose time is scaled up (5)")
    parser.add_argument("--slices", type=int, default=0, help="of a comparison that is measured too (0: none)")
    parser.add_argument("--trainings", type=int, default=1, help="of each of its two sides (1)")
    arguments = parser.parse_args()
    if arguments.slices:
        _measure_comparison(arguments.rows, arguments.resamples, arguments.slices, arguments.trainings)
        return
    sample, resamples = draw(arguments.rows), arguments.resamples
    before = own_peak()
    ours = median(_seconds(sample, resamples) for _ in range(REPEATS))
    peak = own_peak()
    peer = _peer_seconds(sample, arguments.peer) * resamples / arguments.peer
    print(f"{arguments.rows} rows × {resamples} resamples, 7 metrics, {os.cpu_count()} cores")
    print(f"  bootstrap, median of {REPEATS:<17}{ours:9.1f} s   {verdict(ours, SECONDS, 's on 2 cores')}")
    print(f"  peak memory                           {peak:9.2f} GB  ({before:.2f} before the bootstrap; no target)")
    print(f"  loop over scikit-learn                {peer:9.1f} s   scaled up from {arguments.peer} resamples")
    print(f"  loop ÷ bootstrap                      {peer / ours:9.1f} ×")


def _measure_comparison(rows: int, resamples: int, slices: int, trainings: int) -> None:
    made, rng = draw(rows), np.random.default_rng(1)
    dealt = rng.integers(0, slices, rows)
    parts = [Subset(), *(Subset(np.flatnonzero(dealt == i), ("roc_auc",)) for i in range(slices))]
    base, candidate = ([blur(made, 0.3, rng) for _ in range(trainings)] for _ in range(2))
    before, start = own_peak(), perf_counter()
    compare(base, candidate, parts, "roc_auc", resamples, 0)
    took = perf_counter() - start
    print(f"two models × {trainings} trainings, {rows} rows, {slices} slices, {resamples} resamples")
    print(f"  comparison {took:9.1f} s, peak memory {own_peak():.2f} GB ({before:.2f} before)")


def _seconds(sample: Sample, resamples: int) -> float:
    fresh = Sample(sample.task, sample.y, sample.scores, sample.threshold)  # nothing sorted yet
    start = perf_counter()
    intervals(fresh, resamples, seed=0)
    return perf_counter() - start


def _peer_seconds(sample: Sample, resamples: int) -> float:
    rng = np.random.default_rng(0)
    y, chance, called = sample.y, sample.scores[:, 1], sample.labels
    start = perf_counter()
    for _ in range(resamples):
        rows = rng.integers(0, len(y), len(y))
        for score in (
            metrics.roc_auc_score,
            metrics.average_precision_score,
            metrics.log_loss,
            metrics.brier_score_loss,
        ):
            score(y[rows], chance[rows])
        for score in (metrics.accuracy_score, metrics.balanced_accuracy_score, metrics.f1_score):
            score(y[rows], called[rows])
    return perf_counter() - start


if __name__ == "__main__":
    main()
