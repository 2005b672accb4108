"""For which metrics an interval is honest: covers the truth in about 95 of 100 cases, as `make bench` counts them."""

import numpy as np
from numpy.typing import NDArray

from harness.evaluate.confusion import noisy_rows
from harness.evaluate.further import FurtherMetric
from harness.evaluate.metrics import AREAS, HEAVY, KNOWN_METRICS, NEEDED_BY_OWN
from harness.evaluate.sample import Sample
from harness.evaluate.units import LEAST_BLOCKS, Places, Units, effective, more_needed

LIGHT_KURTOSIS = 4.0  # of errors (a normal distribution has 3): their squares need no further look
FOUND_BY, LEAST_FOUND = "recall_at_precision", 30  # the metric, and positive rows that its threshold must find
LEAST_SPREAD = 50  # rows (groups, days) that the noise of squared errors must come from
WITHOUT_INTERVAL = "no interval: drawing rows anew would distort this metric"
HEAVY_TAIL = "heavy tail"
RANKINGS = AREAS | {"average_precision", "average_precision_macro"}
LEAST_NOISY = 8  # rows (groups, days) that the noise of a metric of the predicted classes must come from


def honest_metrics(sample: Sample, units: Units | None = None, paired: bool = False) -> list[str]:
    """The metrics for whose interval (paired: of a change) there are rows enough, of the rarest class too."""
    return [name for name in sample.names() if not why_no_interval(name, sample, units, paired)]


def why_no_interval(name: str, sample: Sample, units: Units | None = None, paired: bool = False) -> str:
    """Why a metric has no honest interval (paired: of a change) on these rows; empty if it has one."""
    units = units or Units(len(sample.y))
    further = sample.own.get(name)
    built_in = further.needs if isinstance(further, FurtherMetric) else KNOWN_METRICS[sample.task].get(name)
    metric = NEEDED_BY_OWN if name in sample.called else built_in
    if metric is None or metric.interval_rows is None:
        return WITHOUT_INTERVAL
    least = metric.paired_rows if paired else metric.interval_rows
    why = _too_few(units, least)
    least = min(metric.class_rows, metric.paired_class_rows) if paired else metric.class_rows
    if not why and sample.task != "regression" and least:
        why = _too_rare(sample, units, least)
    if not why and not paired:  # a change has no such limit: its interval has the noise of two more rows
        why = _too_quiet(name, sample, units)
    why = why or (_too_heavy(sample, units) if name in HEAVY else "")
    return why or (_too_few_found(sample) if name == FOUND_BY else "")


def _too_few(units: Units, least: int) -> str:
    if units.groups is not None:
        groups = effective(np.bincount(units.groups))
        if groups < least:
            missing = more_needed(least, groups)
            return f"the rows say as much as {groups:.0f} groups of equal size, {missing} for an interval"
    elif units.rows < least:
        return f"{units.rows} rows, {more_needed(least, units.rows)} for an interval"
    return units.why_too_few()


def _too_rare(sample: Sample, units: Units, least: int) -> str:
    counts = np.bincount(sample.y, minlength=sample.scores.shape[1])
    rarest, rows = int(counts.argmin()), sample.y == counts.argmin()
    if counts[rarest] < least:
        return f"{counts[rarest]} rows of the rarest class, {more_needed(least, counts[rarest])} for an interval"
    for what, places in units.declared():
        needed = least if what == "groups" else min(least, LEAST_BLOCKS)
        found = effective(np.bincount(places[rows]))
        if found < needed:
            return f"the rarest class is in {found:.0f} {what}, {more_needed(needed, found)} for an interval"
    return ""


def _too_quiet(name: str, sample: Sample, units: Units) -> str:
    """Where hardly any row is called positive, or wrong, a resample says little of those that may be."""
    if name in RANKINGS and sample.estimates()[name] in {0, 1}:
        return "all rows are in order, so its noise is not known"  # [1, 1] held a true .9995 in 3 of 10 cases
    found = noisy_rows(name, sample, units)
    if found >= LEAST_NOISY:
        return ""
    return f"too few hits or misses: its noise comes from {found:.0f} rows, {LEAST_NOISY} are needed for an interval"


def _too_heavy(sample: Sample, units: Units) -> str:
    """Of squared errors: whether the variance of their mean is known; with a heavy tail it comes from a few rows."""
    errors = sample.scores[:, 0] - sample.y
    if not errors.any():
        return ""
    light = len(errors) / effective(errors**2) <= LIGHT_KURTOSIS
    found = min((spread_rows(errors**2, places) for _, places in units.declared()), default=spread_rows(errors**2))
    if light or found >= LEAST_SPREAD:
        return ""
    return f"{HEAVY_TAIL}: the squares' noise comes from {found:.0f} rows, {LEAST_SPREAD} are needed for an interval"


def _too_few_found(sample: Sample) -> str:
    """Of a recall: where a threshold finds 8 of 2,000 rows, its interval held the truth in 76 of 100 cases."""
    found = round(sample.estimates((FOUND_BY,))[FOUND_BY] * int((sample.y == 1).sum()))
    if found >= LEAST_FOUND:
        return ""
    return f"its threshold finds {found} rows, {more_needed(LEAST_FOUND, found)} for an interval"


def spread_rows(losses: NDArray[np.float64], places: Places | None = None) -> float:
    """How many rows (units) the variance of the mean of losses (n,) comes from: (Σ d²)² / Σ d⁴, or inf."""
    deviations = losses - losses.mean()
    if places is not None:
        deviations = np.bincount(places, deviations)
    return effective(deviations**2) if deviations.any() else np.inf
