"""Percentile bootstrap (Efron 1979) of every metric at once; the same seed gives the same resamples for any model."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import erfc, sqrt
from os import cpu_count
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.evaluate.areas import area_widening
from harness.evaluate.confusion import noisy_rows
from harness.evaluate.formulas import Measured
from harness.evaluate.honest import honest_metrics
from harness.evaluate.metrics import AREAS
from harness.evaluate.ranking import Weighted
from harness.evaluate.sample import Sample
from harness.evaluate.units import NORMAL_QUANTILE, Units, student_factor

BLOCK_CELLS = 250_000  # of one block of weights: fits a processor's cache, and does not depend on the machine
LEAST_DEFINED = 0.9  # share of the resamples in which a metric must exist for an interval
CONFIDENCE = 0.95
OWN_RESAMPLES = 300  # for a metric of the project's own, which is called once for each
UNKNOWN_NOISE = {"recall_at_precision", "top_k_accuracy"}  # and the project's own: what they count is not known
MOST_EQUAL = 0.15  # share of the resamples with one value: a share of fewer than eight hits has more

Interval = tuple[float, float]


class Block(NamedTuple):
    """Some of the resamples: the first one's number, how many, and what they are drawn with."""

    start: int
    size: int
    seed: np.random.SeedSequence


def intervals(sample: Sample, resamples: int, seed: int, units: Units | None = None) -> dict[str, Interval]:
    """The 95 % interval of each metric for which one is honest; none where too few resamples define it.

    `units` says which rows are drawn together, for they are not independent.
    """
    return intervals_of_parts(sample, [Subset()], resamples, seed, units or Units(len(sample.y)))[0]


def intervals_of_parts(
    sample: Sample, parts: Sequence["Subset"], resamples: int, seed: int, units: Units
) -> list[dict[str, Interval]]:
    """The same for each of several parts of the rows, from one set of resamples."""
    return intervals_of_drawn(sample, parts, resample_parts([sample], parts, resamples, seed, units)[0], units)


def intervals_of_drawn(
    sample: Sample, parts: Sequence["Subset"], drawn: Sequence[Measured], units: Units
) -> list[dict[str, Interval]]:
    """The same of resamples that are drawn already."""
    return [found.intervals for found in measured_of_drawn(sample, parts, drawn, units)]


def measured_of_drawn(
    sample: Sample, parts: Sequence["Subset"], drawn: Sequence[Measured], units: Units
) -> list["PartMetrics"]:
    """The metrics of several parts of the rows, with the intervals of resamples that are drawn already."""
    return [_measurement(sample, *one, units) for one in zip(parts, drawn, strict=True)]


def _measurement(sample: Sample, part: "Subset", drawn: Measured, units: Units) -> "PartMetrics":
    view = part.of(sample)
    return PartMetrics(view.estimates(), _intervals(view, drawn, units.take(part.rows)))


def _intervals(sample: Sample, drawn: Measured, units: Units) -> dict[str, Interval]:
    estimates, found = sample.estimates(), {}
    for name in filter(drawn.__contains__, honest_metrics(sample, units)):
        make = area_interval if name in AREAS else percentile_interval
        values = computed(name, sample, drawn[name])
        alone = area_widening(sample) if name in AREAS else student_factor(noisy_rows(name, sample, units) - 1)
        wider = max(units.widening(), alone)
        interval = make(values, estimates[name], wider)
        unknown = name in UNKNOWN_NOISE or name in sample.called
        if interval and not (unknown and _equal_share(values) > MOST_EQUAL):
            found[name] = sample.within_range(name, interval)
    return found


def _equal_share(drawn: Weighted) -> float:
    """The share of the resamples that have the most frequent value."""
    return float(np.unique(drawn.round(9), return_counts=True)[1].max() / len(drawn))


class Subset(NamedTuple):
    """Some of the rows (their positions; None: all), and which metrics are measured there (None: all)."""

    rows: NDArray[np.int64] | None = None
    metrics: tuple[str, ...] | None = None

    def of(self, sample: Sample) -> Sample:
        """These rows of a sample."""
        return sample if self.rows is None else sample.take(self.rows)


class PartMetrics(NamedTuple):
    """Metrics of some rows, and the intervals that are honest."""

    estimates: dict[str, float]
    intervals: dict[str, Interval]


def resample(samples: Sequence[Sample], resamples: int, seed: int, units: Units | None = None) -> list[Measured]:
    """Each sample's metrics under the same resamples of the rows that the samples share: name → (resamples,)."""
    return [found for (found,) in resample_parts(samples, [Subset()], resamples, seed, units)]


def resample_parts(
    samples: Sequence[Sample], parts: Sequence[Subset], resamples: int, seed: int, units: Units | None = None
) -> list[list[Measured]]:
    """Each sample's metrics on each part, all under the same resamples of all rows: [sample][part][name] (resamples,).

    So what happens to several parts in one resample goes together.
    """
    views = [[part.of(sample) for part in parts] for sample in samples]
    for view, part in ((view, part) for row in views for view, part in zip(row, parts, strict=True)):
        view.values(np.ones((1, len(view.y))), part.metrics)  # sort once, before the threads share the order

    drawable = units or Units(len(samples[0].y))

    def measure(block: Block) -> list[list[Measured]]:
        weights = drawable.draw(block.size, np.random.default_rng(block.seed))
        drawn = [weights if part.rows is None else weights.take(part.rows, axis=1) for part in parts]
        left = max(0, OWN_RESAMPLES - block.start)
        return [
            [_measured(view, w, part, left) for view, w, part in zip(row, drawn, parts, strict=True)] for row in views
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


def row_weights(resamples: int, seed: int, units: Units) -> Weighted:
    """How often each row is drawn (resamples, rows); for few resamples, for all are held at once."""
    return units.draw(resamples, np.random.default_rng(seed))


def percentile_interval(drawn: Weighted, _estimate: float = np.nan, wider: float = 1.0) -> Interval | None:
    """The middle 95 % of the resampled values, or None where fewer than 90 % of them exist.

    `wider` asks for the part that is as much wider if they are normal.
    """
    defined = drawn[np.isfinite(drawn)]
    if len(defined) < LEAST_DEFINED * len(drawn):
        return None
    beyond = erfc(wider * NORMAL_QUANTILE / sqrt(2)) / 2 if wider > 1 else (1 - CONFIDENCE) / 2
    low, high = np.quantile(defined, [beyond, 1 - beyond])
    return float(low), float(high)


def area_interval(drawn: Weighted, estimate: float, wider: float = 1.0) -> Interval | None:
    """On the scale of the logit, where an area near 1 is about normal; it covers more often than the percentiles."""
    defined = drawn[np.isfinite(drawn)]
    if len(defined) < LEAST_DEFINED * len(drawn) or not 0 < estimate < 1:
        return percentile_interval(drawn, estimate, wider)
    half = wider * NORMAL_QUANTILE * defined.std() / (estimate * (1 - estimate))
    odds = estimate / (1 - estimate) * np.exp([-half, half])
    low, high = odds / (1 + odds)
    return float(low), float(high)


def computed(name: str, sample: Sample, drawn: Weighted) -> Weighted:
    """The resamples in which a metric was computed: of one of the project's own the first ones alone."""
    return drawn[:OWN_RESAMPLES] if name in sample.called else drawn


def _measured(view: Sample, weights: Weighted, part: Subset, left: int) -> Measured:
    """The metrics of a part under a block's weights; those of the project's own NaN after `left` resamples."""
    found = view.values(weights, part.metrics)
    for name in view.called if part.metrics is None else set(view.called).intersection(part.metrics):
        found[name] = np.full(len(weights), np.nan)
        found[name][:left] = view.own_values(name, weights[:left])
    return found


def whole_blocks(resamples: int, rows: int) -> int:
    """At least so many resamples, of whole blocks: the same ones as the first of any larger number."""
    size = max(1, BLOCK_CELLS // rows)
    return -(-resamples // size) * size


def _blocks(rows: int, resamples: int, seed: int) -> Iterator[Block]:
    size = max(1, BLOCK_CELLS // rows)
    starts = range(0, resamples, size)
    for start, child in zip(starts, np.random.SeedSequence(seed).spawn(len(starts)), strict=True):
        yield Block(start, min(size, resamples - start), child)
