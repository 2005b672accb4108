"""Two models on the same rows: paired changes with joint intervals, and verdicts that are what the intervals say.

Both models meet the same bootstrap resamples, so what is hard about a resample cancels out of the change. Of two
equally good models at most 5 reports in 100 hold a verdict: 4 the primary metric's and 1 any other.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.compare.joint import Arm, joint_intervals
from harness.evaluate.bootstrap import LEAST_DEFINED, Subset, computed
from harness.evaluate.confusion import unseen_variance
from harness.evaluate.formulas import Measured
from harness.evaluate.honest import why_no_interval
from harness.evaluate.large import resample_models
from harness.evaluate.metrics import Better, better_of
from harness.evaluate.sample import Sample
from harness.evaluate.units import Units
from harness.report.report import Change, Flips, Verdict

NOISE_DIGITS = 12  # what differs further down is rounding, not a change


class JointChange(NamedTuple):
    """One change of a family, its interval and what could have been shown."""

    change: float
    low: float
    high: float
    detectable: float


class Uncertain(NamedTuple):
    """What the resamples do not know of each change's noise, each (changes,)."""

    wider: NDArray[np.float64]  # how much wider few groups or days make an interval
    unseen: NDArray[np.float64]  # variance of rows whose label might differ, and does not here
    spans: dict[str, float]  # a metric's largest value less its least


def compare(
    base: Sequence[Sample],
    candidate: Sequence[Sample],
    parts: Sequence[Subset],
    primary: str,
    resamples: int,
    seed: int,
    units: Units | None = None,
) -> list[list[Change]]:
    """The changes of each part (all rows first, then slices), their intervals joint over all of them.

    `base` and `candidate` are trainings of the same code with different seeds, the shipped model first; one of each
    where it was trained once. All samples hold the same rows in the same order.
    """
    models = [*base, *candidate]
    drawn = resample_models(models, parts, resamples, seed, units)
    estimates = [[_estimates(model, part) for part in parts] for model in models]
    units = units or Units(len(models[0].y))
    reasons = [_reasons(models[0], part, units, [row[j] for row in drawn]) for j, part in enumerate(parts)]
    family = [(j, name) for j, found in enumerate(reasons) for name, why in found.items() if not why]
    wider = [units.take(part.rows).widening() for part in parts]
    unseen = [_unseen(name, base, candidate, parts[j], units) for j, name in family]
    spans = {name: _span(models[0], name) for _, name in family}
    uncertain = Uncertain(np.array([wider[j] for j, _ in family]), np.array(unseen), spans)
    joint = _joint(family, estimates, drawn, len(base), primary, uncertain)
    before, after, kind = estimates[0], estimates[len(base)], models[0]
    return [
        [
            describe_change(
                name, better_of(kind.task, name, kind.own), before[j][name], after[j][name], joint.get((j, name)), why
            )
            for name, why in found.items()
        ]
        for j, found in enumerate(reasons)
    ]


def _estimates(model: Sample, part: Subset) -> dict[str, float]:
    sample = model if part.rows is None else model.take(part.rows)
    return sample.estimates(part.metrics)


def _reasons(sample: Sample, part: Subset, units: Units, drawn: Sequence[Measured]) -> dict[str, str]:
    """For each metric of a part why it has no interval; empty if it has one."""
    inside = sample if part.rows is None else sample.take(part.rows)
    told = {}
    for name in part.metrics or inside.names():
        why = why_no_interval(name, inside, units.take(part.rows), paired=True)
        if not why:
            why = _why_unknown([computed(name, sample, found[name]) for found in drawn])
        told[name] = why
    return told


def _why_unknown(drawn: Sequence[NDArray[np.float64]]) -> str:
    """Why the values of a metric in the resamples, of each model, make no interval; empty if they do."""
    if min(np.isfinite(values).mean() for values in drawn) < LEAST_DEFINED:
        return f"undefined in more than {1 - LEAST_DEFINED:.0%} of the resamples"
    with np.errstate(over="ignore"):
        known = all(np.isfinite(values[np.isfinite(values)].var()) for values in drawn)
    return "" if known else "its values are too large for an interval"


def _span(sample: Sample, name: str) -> float:
    least, most = sample.range_of(name)
    return most - least


def _unseen(name: str, base: Sequence[Sample], candidate: Sequence[Sample], part: Subset, units: Units) -> float:
    before, after = ((one if part.rows is None else one.take(part.rows)) for one in (base[0], candidate[0]))
    return unseen_variance(name, before, after, units.take(part.rows))


def _joint(
    family: Sequence[tuple[int, str]],
    estimates: Sequence[Sequence[dict[str, float]]],
    drawn: Sequence[Sequence[Measured]],
    split: int,
    primary: str,
    uncertain: "Uncertain",
) -> dict[tuple[int, str], JointChange]:
    if not family:
        return {}
    values = np.array([[found[j][name] for j, name in family] for found in estimates])
    resampled = np.array([np.column_stack([found[j][name] for j, name in family]) for found in drawn])
    resampled[~np.isfinite(resampled)] = np.nan  # an infinite one defines a metric no more than none does
    alone = family.index((0, primary)) if (0, primary) in family else None
    arms = Arm(values[:split], resampled[:split]), Arm(values[split:], resampled[split:])
    joint = joint_intervals(*arms, alone, uncertain.unseen)
    half = uncertain.wider * joint.critical * joint.error
    most = np.array([uncertain.spans[name] for _, name in family])  # no change is larger than what a metric can be
    low, high = (joint.change - half).clip(-most, most), (joint.change + half).clip(-most, most)
    columns = (joint.change, low, high, uncertain.wider * joint.detectable)
    rows = np.column_stack(columns).round(NOISE_DIGITS).tolist()
    return {key: JointChange(*row) for key, row in zip(family, rows, strict=True) if np.isfinite(row).all()}


def describe_change(
    name: str, better: Better, before: float, after: float, joint: JointChange | None, reason: str
) -> Change:
    """One metric of both models; its change is the mean over the trainings where there are several."""
    defined = bool(np.isfinite(before) and np.isfinite(after))
    moved = round(after - before, NOISE_DIGITS) if defined else None
    return Change(
        metric=name,
        better=better,
        base=before if np.isfinite(before) else None,
        candidate=after if np.isfinite(after) else None,
        change=joint.change if joint and defined else moved,
        low=joint.low if joint and defined else None,
        high=joint.high if joint and defined else None,
        detectable=joint.detectable if joint and defined else None,
        verdict=verdict(joint.low, joint.high, better) if joint and defined else "not evaluable",
        reason="" if joint and defined else reason or "undefined on these rows",
    )


def verdict(low: float, high: float, better: Better) -> Verdict:
    """What an interval of a change says."""
    if low <= 0 <= high:
        return "no evidence"
    return "better" if (low > 0) == (better == "higher") else "worse"


def lone_change(
    metric: str, better: Better, verdict: Verdict, base: float | None = None, candidate: float | None = None
) -> Change:
    """A metric of one of the models alone."""
    nothing = dict.fromkeys(("change", "low", "high", "detectable"))
    return Change(metric=metric, better=better, verdict=verdict, base=base, candidate=candidate, reason="", **nothing)


def count_flips(base: Sample, candidate: Sample) -> Flips | None:
    """How many labels changed, and in which direction; None for regression."""
    if base.task == "regression":
        return None
    flipped = base.labels != candidate.labels
    was_right, is_right = base.labels == base.y, candidate.labels == base.y
    return Flips(
        to_right=int((flipped & is_right).sum()),
        to_wrong=int((flipped & was_right).sum()),
        wrong_to_wrong=int((flipped & ~was_right & ~is_right).sum()),
    )
