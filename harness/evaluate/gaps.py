"""How far each slice lies from the rows outside it: the gap of the primary metric, with its bootstrap interval.

All slices and their rests are drawn in the same resamples of all rows (or groups, or days): a slice's size varies too.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.core.judge_params import EvaluateParams
from harness.core.metrics_file import SliceGap
from harness.evaluate.bootstrap import Subset, computed, percentile_interval, resample_parts
from harness.evaluate.formulas import Weighted
from harness.evaluate.honest import why_no_interval
from harness.evaluate.sample import Sample
from harness.evaluate.units import Units

Positions = NDArray[np.int64]


def slice_gaps(
    sample: Sample, slices: Sequence[Positions], params: EvaluateParams, units: Units | None = None
) -> list[SliceGap | None]:
    """For each slice (positions of its rows) the metric inside minus outside; None where outside it is undefined."""
    drawable, every = units or Units(len(sample.y)), np.arange(len(sample.y))
    parts = [part for rows in slices for part in (rows, np.setdiff1d(every, rows))]
    whys = [_why_no_gap(sample, rows, params.primary, drawable) for rows in parts]
    asked = [Subset(rows, (params.primary,)) for rows, why in zip(parts, whys, strict=True) if not why]
    found = resample_parts([sample], asked, params.resamples, params.random_state, units)[0] if asked else []
    drawn = iter(found)
    values = [None if why else computed(params.primary, sample, next(drawn)[params.primary]) for why in whys]
    return [
        _gap(sample, parts[at : at + 2], params.primary, values[at : at + 2], whys[at] or whys[at + 1])
        for at in range(0, len(parts), 2)
    ]


def _gap(
    sample: Sample, sides: Sequence[Positions], metric: str, drawn: Sequence[Weighted | None], why: str
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


def _why_no_gap(sample: Sample, rows: Positions, metric: str, units: Units) -> str:
    if not len(rows):
        return "no other rows"
    return why_no_interval(metric, sample.take(rows), units.take(rows))
