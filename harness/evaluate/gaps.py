"""How far each slice lies from the rows outside it: the gap of the primary metric, with its bootstrap interval.

All slices and their rests are drawn in the same resamples of all rows (or groups, or days): a slice's size varies too.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.core.judge_params import EvaluateParams
from harness.core.metrics_file import SliceGap
from harness.evaluate.bootstrap import Subset, computed, percentile_interval, whole_blocks
from harness.evaluate.formulas import Measured
from harness.evaluate.honest import why_no_interval
from harness.evaluate.large import drawn_apart, resample_large
from harness.evaluate.ranking import Weighted
from harness.evaluate.sample import Sample
from harness.evaluate.units import Units

NO_OTHERS = "no other rows"
Positions = NDArray[np.int64]
MOST_RESAMPLES = 500  # each slice's other rows are nearly all rows: to draw them all takes half of an evaluation


def slice_gaps(
    sample: Sample,
    slices: Sequence[Positions],
    params: EvaluateParams,
    units: Units | None = None,
    inside: Sequence[Measured] | None = None,
) -> list[SliceGap | None]:
    """For each slice (positions of its rows) the metric inside minus outside; None where outside it is undefined.

    `inside` are the slices' own metrics under the same resamples, where they are known already.
    """
    drawable = units or Units(len(sample.y))
    if not drawn_apart(drawable):
        return _slice_gaps(sample, slices, params, drawable, inside)
    known = (
        [None] * len(slices) if inside is None else [[found] for found in inside]
    )  # one after the other: less memory
    return [_slice_gaps(sample, [rows], params, drawable, found)[0] for rows, found in zip(slices, known, strict=True)]


def _slice_gaps(
    sample: Sample,
    slices: Sequence[Positions],
    params: EvaluateParams,
    drawable: Units,
    inside: Sequence[Measured] | None,
) -> list[SliceGap | None]:
    metric = params.primary
    rests = [_outside(rows, len(sample.y)) for rows in slices]
    whys = [
        _why_no_gap(sample, rows, metric, drawable) or _of_others(_why_no_gap(sample, rest, metric, drawable))
        for rows, rest in zip(slices, rests, strict=True)
    ]
    wanted = [place for place, why in enumerate(whys) if not why]
    asked = [rests[place] for place in wanted] + ([slices[place] for place in wanted] if inside is None else [])
    parts = [Subset(rows, (metric,)) for rows in asked]
    count = min(params.resamples, whole_blocks(MOST_RESAMPLES, len(sample.y)))  # the first ones of all rows' resamples
    drawn = resample_large(sample, parts, count, params.random_state, drawable) if parts else []
    within = drawn[len(wanted) :] if inside is None else [inside[place] for place in wanted]
    found = {
        place: computed(metric, sample, within[number][metric][:count])
        - computed(metric, sample, drawn[number][metric])
        for number, place in enumerate(wanted)
    }
    return [
        _gap(sample, (rows, rests[place]), metric, found.get(place), whys[place]) for place, rows in enumerate(slices)
    ]


def _of_others(why: str) -> str:
    return f"the other rows: {why}" if why and why != NO_OTHERS else why


def _outside(rows: Positions, every: int) -> Positions:
    left = np.ones(every, dtype=bool)
    left[rows] = False
    return np.flatnonzero(left)


def _gap(
    sample: Sample, sides: tuple[Positions, Positions], metric: str, moved: Weighted | None, why: str
) -> SliceGap | None:
    if not all(map(len, sides)):
        return None
    inside, rest = (sample.take(rows).estimates((metric,))[metric] for rows in sides)
    if not np.isfinite([inside, rest]).all():
        return None
    found = percentile_interval(moved) if moved is not None else None
    low, high = found or (None, None)
    reason = "" if found else why or "too few resamples define it"
    return SliceGap(metric=metric, rest=rest, gap=inside - rest, low=low, high=high, reason=reason)


def _why_no_gap(sample: Sample, rows: Positions, metric: str, units: Units) -> str:
    if not len(rows):
        return NO_OTHERS
    return why_no_interval(metric, sample.take(rows), units.take(rows))
