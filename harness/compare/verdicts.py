"""Two models on the same rows: paired changes with intervals, and verdicts that tell signal from noise.

Both models meet the same bootstrap resamples, so what is hard about a resample cancels out of the change. Of two
equally good models at most 5 reports in 100 hold a verdict: 4 the primary metric's, which is tested first, and 1 any
other, shared by Holm's correction (1979). A primary metric that has its verdict leaves its share to the others (Wiens,
Pharmaceutical Statistics 2003).
"""

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from harness.evaluate.bootstrap import honest_metrics, percentile_interval, resample
from harness.evaluate.formulas import Weighted
from harness.evaluate.metrics import Better, better_of
from harness.evaluate.sample import Sample
from harness.report.report import Change, Flips, Verdict

ALPHA = 0.05
HEADLINE = 0.04
# A change this many standard errors large is shown with a chance of 80 % (two-sided test at the headline's level).
DETECTABLE = NormalDist().inv_cdf(1 - HEADLINE / 2) + NormalDist().inv_cdf(0.8)


def compare(
    base: Sample, candidate: Sample, resamples: int, seed: int, clusters: NDArray[np.int64] | None = None
) -> list[Change]:
    """The change of every metric; verdicts are each metric's own until `correct_verdicts` has seen all of them."""
    drawn = resample([base, candidate], resamples, seed, clusters)
    before, after = base.estimates(), candidate.estimates()
    honest = honest_metrics(base, clusters, paired=True)
    moved = {name: drawn[1][name] - drawn[0][name] for name in honest}
    return [
        _change(name, better_of(base.task, name, base.own), value, after[name], moved.get(name))
        for name, value in before.items()
    ]


def correct_verdicts(tables: Sequence[list[Change]], primary: str) -> list[list[Change]]:
    """Take back the verdicts that chance explains, over all tables together (all rows first, then each slice).

    None is added: a verdict also needs its own interval to leave out 0.
    """
    changes = [change for table in tables for change in table]
    values = {i: p for i, change in enumerate(changes) if (p := p_value(change)) is not None}
    alone = next((i for i, change in enumerate(tables[0]) if change.metric == primary), -1)
    headline = values.pop(alone, 0.0)  # what cannot be tested spends nothing
    tested = sorted((p, i) for i, p in values.items())
    level = ALPHA if headline <= HEADLINE else ALPHA - HEADLINE
    refuted = next((rank for rank, (p, _) in enumerate(tested) if p > level / (len(tested) - rank)), len(tested))
    for i in [i for _, i in tested[refuted:]] + ([alone] if headline > HEADLINE else []):
        changes[i] = changes[i].model_copy(update={"verdict": "no evidence"})
    remaining = iter(changes)
    return [[next(remaining) for _ in table] for table in tables]


def p_value(change: Change) -> float | None:
    """Two-sided p-value of a change, from its standard error; None where it has none."""
    if change.change is None or change.detectable is None:
        return None
    error = change.detectable / DETECTABLE
    return 1.0 if error == 0 else 2 * (1 - NormalDist().cdf(abs(change.change) / error))


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


def empty_change(
    metric: str, better: Better, verdict: Verdict, base: float | None = None, candidate: float | None = None
) -> Change:
    """A metric of one of the models alone."""
    nothing = dict.fromkeys(("change", "low", "high", "detectable"))
    return Change(metric=metric, better=better, verdict=verdict, base=base, candidate=candidate, **nothing)


def _change(name: str, better: Better, before: float, after: float, drawn: Weighted | None) -> Change:
    interval = percentile_interval(drawn) if drawn is not None else None
    defined = np.isfinite(before) and np.isfinite(after)
    low, high = interval if interval and defined else (None, None)
    return Change(
        metric=name,
        better=better,
        base=before if np.isfinite(before) else None,
        candidate=after if np.isfinite(after) else None,
        change=after - before if defined else None,
        low=low,
        high=high,
        detectable=DETECTABLE * float(np.nanstd(drawn)) if drawn is not None and low is not None else None,
        verdict=_verdict(low, high, better),
    )


def _verdict(low: float | None, high: float | None, better: str) -> Verdict:
    if low is None or high is None:
        return "not evaluable"
    if low <= 0 <= high:
        return "no evidence"
    return "better" if (low > 0) == (better == "higher") else "worse"
