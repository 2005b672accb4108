"""How far each slice lies from the rows outside it: the gap of the primary metric, with its bootstrap interval.

All slices and their rests are drawn in the same resamples of all rows (or groups), so that a slice's size varies too.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.core.metrics_file import SliceGap
from harness.core.params import EvaluateParams
from harness.evaluate.bootstrap import Entities, Subset, percentile_interval, resample_parts, why_no_interval
from harness.evaluate.formulas import Weighted
from harness.evaluate.sample import Sample


def slice_gaps(
    sample: Sample, slices: Sequence[NDArray[np.bool_]], params: EvaluateParams, clusters: Entities = None
) -> list[SliceGap | None]:
    """For each slice (rows inside: n,) the metric inside minus outside; None where outside it is undefined."""
    if not slices:
        return []
    parts = [np.flatnonzero(rows) for inside in slices for rows in (inside, ~inside)]
    whys = [_why_no_interval(sample, rows, params.primary, clusters) for rows in parts]
    asked = [Subset(rows, (params.primary,)) for rows, why in zip(parts, whys, strict=True) if not why]
    drawn = iter(resample_parts([sample], asked, params.resamples, params.random_state, clusters)[0] if asked else [])
    values = [None if why else next(drawn)[params.primary] for why in whys]
    return [
        _gap(sample, parts[at : at + 2], params.primary, values[at : at + 2], whys[at] or whys[at + 1])
        for at in range(0, len(parts), 2)
    ]


def _gap(
    sample: Sample,
    sides: Sequence[NDArray[np.int64]],
    metric: str,
    drawn: Sequence[Weighted | None],
    why: str,
) -> SliceGap | None:
    if not all(map(len, sides)):
        return None
    inside, rest = (sample.take(rows).estimates()[metric] for rows in sides)
    if not np.isfinite([inside, rest]).all():
        return None
    found = percentile_interval(drawn[0] - drawn[1]) if drawn[0] is not None and drawn[1] is not None else None
    low, high = found or (None, None)
    reason = "" if found else why or "too few resamples define it"
    return SliceGap(metric=metric, rest=rest, gap=inside - rest, low=low, high=high, reason=reason)


def _why_no_interval(sample: Sample, rows: NDArray[np.int64], metric: str, clusters: Entities) -> str:
    if not len(rows):
        return "no other rows"
    return why_no_interval(metric, sample.take(rows), None if clusters is None else clusters[rows])
