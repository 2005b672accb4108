"""Percentile bootstrap (Efron 1979) of every metric at once; the same seed gives the same resamples for any model."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.evaluate.formulas import Measured, Weighted
from harness.evaluate.metrics import KNOWN_METRICS
from harness.evaluate.sample import Sample

BLOCK_CELLS = 1_000_000  # of one block of weights: bounds memory, and does not depend on the machine
LEAST_DEFINED = 0.9  # share of the resamples in which a metric must exist for an interval
CONFIDENCE = 0.95

Interval = tuple[float, float]
Entities = NDArray[np.int64] | None  # index of the entity of each row; None: each row is one
Block = tuple[int, np.random.SeedSequence]  # resamples, and what they are drawn with


def intervals(sample: Sample, resamples: int, seed: int, clusters: Entities = None) -> dict[str, Interval]:
    """The 95 % interval of each metric for which one is honest; none where too few resamples define it.

    `clusters` (index of the entity of each row) makes whole entities be drawn: their rows are not independent.
    """
    drawn = resample([sample], resamples, seed, clusters)[0]
    found = {name: percentile_interval(drawn[name]) for name in honest_metrics(sample, clusters)}
    return {name: interval for name, interval in found.items() if interval}


def honest_metrics(sample: Sample, clusters: Entities = None, paired: bool = False) -> list[str]:
    """The metrics for whose interval (paired: of a change) there are rows enough, of the rarest class too."""
    return [name for name in KNOWN_METRICS[sample.task] if not why_no_interval(name, sample, clusters, paired)]


def why_no_interval(name: str, sample: Sample, clusters: Entities = None, paired: bool = False) -> str:
    """Why a metric has no honest interval (paired: of a change) on these rows; empty if it has one."""
    metric = KNOWN_METRICS[sample.task].get(name)
    if metric is None or metric.interval_rows is None:
        return "this metric gets no interval"
    units, what = (
        len(sample.y) if clusters is None else len(np.unique(clusters)),
        "rows" if clusters is None else "groups",
    )
    least = metric.paired_rows if paired else metric.interval_rows
    if units < least:
        return f"{units} {what}, {least} are needed for an interval"
    least = min(metric.class_rows, metric.paired_class_rows) if paired else metric.class_rows
    if sample.task != "regression" and least:
        rarest = int(np.bincount(sample.y, minlength=sample.scores.shape[1]).min())
        if rarest < least:
            return f"{rarest} rows of the rarest class, {least} are needed for an interval"
    return ""


class Part(NamedTuple):
    """Some of the rows (their positions; None: all), and which metrics are measured there (None: all)."""

    rows: NDArray[np.int64] | None = None
    metrics: tuple[str, ...] | None = None


def resample(samples: Sequence[Sample], resamples: int, seed: int, clusters: Entities = None) -> list[Measured]:
    """Each sample's metrics under the same resamples of the rows that the samples share: name → (resamples,)."""
    return [found for (found,) in resample_parts(samples, [Part()], resamples, seed, clusters)]


def resample_parts(
    samples: Sequence[Sample], parts: Sequence[Part], resamples: int, seed: int, clusters: Entities = None
) -> list[list[Measured]]:
    """Each sample's metrics on each part, all under the same resamples of all rows: [sample][part][name] (resamples,).

    So what happens to several parts in one resample goes together.
    """
    views = [[sample if part.rows is None else sample.take(part.rows) for part in parts] for sample in samples]
    for view, part in ((view, part) for row in views for view, part in zip(row, parts, strict=True)):
        view.values(np.ones((1, len(view.y))), part.metrics)  # sort once, before the threads share the order

    def measure(block: Block) -> list[list[Measured]]:
        weights = _draw(block, len(samples[0].y), clusters)
        drawn = [weights if part.rows is None else weights[:, part.rows] for part in parts]
        return [
            [view.values(w, part.metrics) for view, w, part in zip(row, drawn, parts, strict=True)] for row in views
        ]

    with ThreadPoolExecutor(cpu_count()) as pool:
        blocks = list(pool.map(measure, _blocks(len(samples[0].y), resamples, seed)))
    return [
        [
            {name: np.concatenate([block[i][j][name] for block in blocks]) for name in found}
            for j, found in enumerate(row)
        ]
        for i, row in enumerate(blocks[0])
    ]


def percentile_interval(drawn: Weighted) -> Interval | None:
    """The middle 95 % of the resampled values, or None where fewer than 90 % of them exist."""
    defined = drawn[np.isfinite(drawn)]
    if len(defined) < LEAST_DEFINED * len(drawn):
        return None
    low, high = np.quantile(defined, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)


def _blocks(rows: int, resamples: int, seed: int) -> Iterator[Block]:
    size = max(1, BLOCK_CELLS // rows)
    starts = range(0, resamples, size)
    for start, child in zip(starts, np.random.SeedSequence(seed).spawn(len(starts)), strict=True):
        yield min(size, resamples - start), child


def _draw(block: Block, rows: int, clusters: Entities) -> Weighted:
    """How often each row is drawn, in the block's resamples (count, rows)."""
    count, seed = block
    drawable = _units(rows, clusters)
    picks = np.random.default_rng(seed).integers(0, drawable, size=(count, drawable), dtype=np.int32)
    flat = (picks + np.arange(count)[:, None] * drawable).ravel()
    weights = np.bincount(flat, minlength=count * drawable).reshape(count, drawable).astype(float)
    return weights if clusters is None else weights[:, clusters]


def _units(rows: int, clusters: Entities) -> int:
    return rows if clusters is None else int(clusters.max()) + 1
