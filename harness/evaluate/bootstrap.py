"""Percentile bootstrap (Efron 1979) of every metric at once; the same seed gives the same resamples for any model."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count

import numpy as np
from numpy.typing import NDArray

from harness.evaluate.formulas import Measured, Weighted
from harness.evaluate.metrics import KNOWN_METRICS, RARE
from harness.evaluate.sample import Sample

BLOCK_CELLS = 1_000_000  # of one block of weights: bounds memory, and does not depend on the machine
LEAST_DEFINED = 0.9  # share of the resamples in which a metric must exist for an interval
CONFIDENCE = 0.95

Interval = tuple[float, float]


def intervals(
    sample: Sample, resamples: int, seed: int, clusters: NDArray[np.int64] | None = None
) -> dict[str, Interval]:
    """The 95 % interval of each metric for which one is honest; none where too few resamples define it.

    `clusters` (index of the entity of each row) makes whole entities be drawn: their rows are not independent.
    """
    drawn = resample([sample], resamples, seed, clusters)[0]
    found = {name: percentile_interval(drawn[name]) for name in honest_metrics(sample, clusters)}
    return {name: interval for name, interval in found.items() if interval}


def honest_metrics(sample: Sample, clusters: NDArray[np.int64] | None = None, paired: bool = False) -> list[str]:
    """The metrics for whose interval (paired: of a change) there are rows enough, of the rarest class too."""
    rows = _units(len(sample.y), clusters)
    rarest = 0 if sample.task == "regression" else int(np.bincount(sample.y, minlength=sample.scores.shape[1]).min())
    honest = []
    for name, metric in KNOWN_METRICS[sample.task].items():
        if metric.interval_rows is not None:
            least = metric.paired_rows if paired else metric.interval_rows
            least_of_class = min(metric.class_rows, RARE) if paired else metric.class_rows
            if rows >= least and rarest >= least_of_class:
                honest.append(name)
    return honest


def resample(
    samples: list[Sample], resamples: int, seed: int, clusters: NDArray[np.int64] | None = None
) -> list[Measured]:
    """Each sample's metrics under the same resamples of the rows that the samples share: name → (resamples,)."""
    rows = len(samples[0].y)

    def measure(weights: Weighted) -> list[Measured]:
        return [sample.values(weights) for sample in samples]

    for sample in samples:
        sample.values(np.ones((1, rows)))  # sort once, before the threads share the order
    with ThreadPoolExecutor(cpu_count()) as pool:
        blocks = list(pool.map(lambda block: measure(_draw(block, rows, clusters)), _blocks(rows, resamples, seed)))
    return [
        {name: np.concatenate([block[i][name] for block in blocks]) for name in blocks[0][i]}
        for i in range(len(samples))
    ]


def percentile_interval(drawn: Weighted) -> Interval | None:
    """The middle 95 % of the resampled values, or None where fewer than 90 % of them exist."""
    defined = drawn[np.isfinite(drawn)]
    if len(defined) < LEAST_DEFINED * len(drawn):
        return None
    low, high = np.quantile(defined, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)


def _blocks(rows: int, resamples: int, seed: int) -> Iterator[tuple[int, np.random.SeedSequence]]:
    size = max(1, BLOCK_CELLS // rows)
    starts = range(0, resamples, size)
    for start, child in zip(starts, np.random.SeedSequence(seed).spawn(len(starts)), strict=True):
        yield min(size, resamples - start), child


def _draw(block: tuple[int, np.random.SeedSequence], rows: int, clusters: NDArray[np.int64] | None) -> Weighted:
    """How often each row is drawn, in the block's resamples (count, rows)."""
    count, seed = block
    drawable = _units(rows, clusters)
    picks = np.random.default_rng(seed).integers(0, drawable, size=(count, drawable), dtype=np.int32)
    flat = (picks + np.arange(count)[:, None] * drawable).ravel()
    weights = np.bincount(flat, minlength=count * drawable).reshape(count, drawable).astype(float)
    return weights if clusters is None else weights[:, clusters]


def _units(rows: int, clusters: NDArray[np.int64] | None) -> int:
    return rows if clusters is None else int(clusters.max()) + 1
