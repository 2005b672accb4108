"""How often does a printed 95 % interval hold the truth? Test sets come from populations whose metrics are known."""

import argparse
from collections.abc import Callable
from functools import cache
from math import sqrt

import numpy as np

from harness.core.contract import Task
from harness.core.judge_params import EvaluateParams
from harness.evaluate import honest, large
from harness.evaluate.bootstrap import Interval, Subset, intervals, intervals_of_drawn
from harness.evaluate.further import FURTHER_METRICS, FurtherMetric
from harness.evaluate.gaps import slice_gaps
from harness.evaluate.sample import Sample
from harness.evaluate.units import Units

POPULATION = 1_000_000
RESAMPLES = 1000
SIZES = (50, 100, 250, 1000)
ALLOWED = 2.0  # percentage points from 95
SAMPLE = "by a sample"  # in the name of a case
Rows = tuple[Sample, Units]
FURTHER = {
    task: {name: FurtherMetric(*parts) for name, parts in metrics.items()} for task, metrics in FURTHER_METRICS.items()
}
Draw = Callable[[int, np.random.Generator], Rows]


def draw(task: Task, rows: int, rng: np.random.Generator, rarer: float = 0.5) -> Sample:
    """Rows on which a fair model, somewhat overconfident, meets its truth (regression: skewed, with Laplace noise)."""
    if task == "regression":
        value = rng.gamma(2.0, 1.0, rows)
        return Sample(task, value + rng.laplace(size=rows) * 0.5, value[:, None])
    classes = 2 if task == "binary" else 3
    logits = rng.normal(size=(rows, classes)) * 1.2 - rarer * np.arange(classes)
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    y = (chances.cumsum(axis=1) < rng.random((rows, 1))).sum(axis=1).clip(max=classes - 1)
    sharp = np.exp(1.3 * logits) / np.exp(1.3 * logits).sum(axis=1, keepdims=True)
    return Sample(task, y, sharp, 0.5 if task == "binary" else None, FURTHER[task])


def independent(task: Task, rarer: float = 0.5) -> Draw:
    """Rows that know nothing of each other."""
    return lambda rows, rng: (draw(task, rows, rng, rarer), Units(rows))


def positive(rows: int, rng: np.random.Generator) -> Rows:
    """Values above 0 whose errors are factors, as RMSLE takes them."""
    value = rng.gamma(2.0, 1.0, rows)
    truth = value * np.exp(rng.laplace(size=rows) * 0.3)
    return Sample("regression", truth, value[:, None], own=FURTHER["regression"]), Units(rows)


def heavy(rows: int, rng: np.random.Generator) -> Rows:
    """Errors whose fourth moment does not exist: Student's with three degrees of freedom."""
    value = rng.gamma(2.0, 1.0, rows)
    return Sample("regression", value + rng.standard_t(3, rows), value[:, None]), Units(rows)


def shared(unit_of: Callable[[int, np.random.Generator], Units]) -> Draw:
    """Rows of one group, or of one day, have an effect in common that no model sees."""

    def drawn(rows: int, rng: np.random.Generator) -> Rows:
        units = unit_of(rows, rng)
        sample = draw("binary", rows, rng)
        odds = np.log(sample.scores[:, 1] / sample.scores[:, 0]) / 1.3
        for _, places in units.declared():
            odds += rng.normal(size=int(places.max()) + 1)[places]
        y = (rng.random(rows) < 1 / (1 + np.exp(-odds))).astype(np.int64)
        return Sample("binary", y, sample.scores, 0.5), units

    return drawn


def _groups(rows: int, rng: np.random.Generator) -> Units:
    sizes = rng.geometric(0.2, rows)
    return Units(rows, groups=np.repeat(np.arange(rows), sizes)[:rows])


def _days(days: int, groups: int = 0) -> Callable[[int, np.random.Generator], Units]:
    def dealt(rows: int, rng: np.random.Generator) -> Units:
        of_time = np.arange(rows) * min(days, rows) // rows if rows < POPULATION else np.arange(rows) // 20
        grouped = rng.integers(0, groups if rows < POPULATION else rows // 20, rows) if groups else None
        return Units(rows, grouped, of_time, 1)

    return dealt


CASES: dict[str, tuple[Draw, tuple[int, ...]]] = {
    "binary": (independent("binary"), SIZES),
    "binary, 1 of 8 positive": (independent("binary", 2.8), SIZES),
    "binary, 5 % positive": (independent("binary", 4.05), (1000, 4000, 20_000)),
    "binary, 1 % positive": (independent("binary", 5.95), (1000, 4000, 20_000)),
    "binary, 0.7 % positive": (independent("binary", 6.3), (4000, 20_000)),
    "multiclass": (independent("multiclass", 0.25), SIZES),
    "regression": (independent("regression"), SIZES),
    "regression, values above 0": (positive, SIZES),
    "regression, heavy tails": (heavy, (250, 1000, 4000)),
    "groups of 5 rows on average": (shared(_groups), (250, 1000, 4000)),
    "60 days": (shared(_days(60)), (250, 1000, 4000)),
    "20 days": (shared(_days(20)), (1000,)),
    "60 days and 200 groups": (shared(_days(60, 200)), (1000, 4000)),
    "binary, by a sample of 1000 rows": (independent("binary"), (4000, 20_000)),
    "regression, by a sample of 1000 rows": (independent("regression"), (4000, 20_000)),
    "multiclass, by a sample of 1000 rows": (independent("multiclass", 0.25), (4000, 20_000)),
    "groups, by a sample of 1000 rows": (shared(_groups), (4000, 20_000)),
    "a slice of a third, by a sample of 1000 rows": (independent("binary"), (12_000, 60_000)),
}
SAMPLED = 1000  # rows that are resampled where the name of a case says so: a 25th of the real number,
LIMITS = {"MOST_RESAMPLED": SAMPLED, "MOST_EXACT": 0, "RAREST_RESAMPLED": 80}  # and so is what it must hold
LIMITS |= {"NOISY_RESAMPLED": 8, "GROUPS_RESAMPLED": 40}
GAP = "gap of roc_auc"  # of a slice that is like the other rows


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench coverage", description=__doc__)
    parser.add_argument("--draws", type=int, default=1000, help="test sets per size (1000)")
    parser.add_argument("--cases", nargs="+", default=list(CASES), help="some of them (all)")
    parser.add_argument("--rows", type=int, nargs="+", help="sizes of a test set (those of the case)")
    parser.add_argument("--naive", action="store_true", help="as if rows were independent, and without any limit")
    arguments = parser.parse_args()
    for case in arguments.cases:
        sizes = arguments.rows or CASES[case][1]
        print(f"{case}: % of {arguments.draws} test sets (target 95 ± {ALLOWED:.0f}; –: printed in under a tenth)")
        print(f"  {'':28}" + "".join(f"{size:>14}" for size in sizes))
        parts = [held(case, size, arguments.draws, arguments.naive) for size in sizes]
        for name in dict.fromkeys(name for part in parts for name in part):
            shares = (_share(part[name]) if name in part else "–" for part in parts)
            print(f"  {name:28}" + "".join(f"{share:>14}" for share in shares), flush=True)


def held(case: str, rows: int, draws: int, naive: bool = False) -> dict[str, list[bool]]:
    """For each metric whether its interval holds the truth, for each test set in which it is printed."""
    drawn, truth = CASES[case][0], _truth(case)
    rng = np.random.default_rng(rows)
    found: dict[str, list[bool]] = {}
    for seed in range(draws):
        sample, units = drawn(rows, rng)
        made = _by_sample(case, sample, units, seed) if SAMPLE in case else _intervals(sample, units, seed, naive)
        for name, (low, high) in made.items():
            found.setdefault(name, []).append(low <= truth[name] <= high)
    # Where an interval is only now and then printed, the few cases say little.
    return {name: hits for name, hits in found.items() if len(hits) >= draws / 10}


@cache
def _truth(case: str) -> dict[str, float]:
    return CASES[case][0](POPULATION, np.random.default_rng(1))[0].estimates() | {GAP: 0.0}


def _by_sample(case: str, sample: Sample, units: Units, seed: int) -> dict[str, Interval]:
    for name, value in LIMITS.items():
        setattr(large, name, value)
    part = Subset(np.arange(units.rows // 3)) if "slice" in case else Subset()
    drawn = large.resample_large(sample, [part], RESAMPLES, seed, units)
    found = intervals_of_drawn(sample, [part], drawn, units)[0]
    if part.rows is not None:
        params = EvaluateParams(primary="roc_auc", resamples=RESAMPLES, random_state=seed, min_slice_rows=30)
        (gap,) = slice_gaps(sample, [part.rows], params, units, drawn)
        found |= {GAP: (gap.low, gap.high)} if gap and gap.low is not None and gap.high is not None else {}
    return found


def _intervals(sample: Sample, units: Units, seed: int, naive: bool) -> dict[str, Interval]:
    if not naive:
        return intervals(sample, RESAMPLES, seed, units)
    kept, honest.why_no_interval = honest.why_no_interval, lambda *_, **__: ""
    try:
        return intervals(sample, RESAMPLES, seed)
    finally:
        honest.why_no_interval = kept


def _share(hits: list[bool]) -> str:
    share = float(np.mean(hits))
    return f"{100 * share:.1f} ± {100 * sqrt(max(share * (1 - share), 0.001) / len(hits)):.1f}"


if __name__ == "__main__":
    main()
