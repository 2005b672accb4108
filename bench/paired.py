"""Two models on the same rows: do the joint intervals hold the true changes, and how often is noise called a change?"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from math import sqrt

import numpy as np

from bench.coverage import LIMITS, POPULATION, draw
from harness.compare.verdicts import compare, verdict
from harness.core.contract import Task
from harness.evaluate import large
from harness.evaluate.bootstrap import Subset
from harness.evaluate.sample import Sample
from harness.report.report import Change

PRIMARY: dict[Task, str] = {"binary": "roc_auc", "multiclass": "roc_auc_ovr", "regression": "mae"}


def blur(sample: Sample, noise: float, rng: np.random.Generator) -> Sample:
    """A model that sees the same rows through noise of its own."""
    if sample.task == "regression":
        return replace(sample, scores=sample.scores + rng.normal(size=sample.scores.shape) * noise)
    scores = np.exp(np.log(sample.scores) + rng.normal(size=sample.scores.shape) * noise)
    return replace(sample, scores=scores / scores.sum(axis=1, keepdims=True))


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench paired", description=__doc__)
    parser.add_argument("--draws", type=int, default=400, help="test sets of each design (400)")
    parser.add_argument("--held", type=int, help="test sets on which coverage and power are counted (as many; 0: none)")
    parser.add_argument("--rows", type=int, nargs="+", default=[300, 1000], help="rows of each (300 1000)")
    parser.add_argument("--slices", type=int, nargs="+", default=[0, 5], help="slices of a report (0 5)")
    parser.add_argument("--resamples", type=int, default=1000, help="of the bootstrap (1000)")
    parser.add_argument("--tasks", nargs="+", default=list(PRIMARY), help="of binary, multiclass, regression (all)")
    parser.add_argument("--rarer", type=float, default=0.5, help="4.05: 5 %% positive, 5.95: 1 %% (0.5: 42 %%)")
    parser.add_argument("--sampled", action="store_true", help="by a sample of 1000 rows, a 25th of the real number")
    options = parser.parse_args()
    for name, value in (LIMITS if options.sampled else {}).items():
        setattr(large, name, value)
    options.held = options.draws if options.held is None else options.held
    print("percent of the reports; a false verdict (target ≤ 5), all true changes held (target ≥ 95), ± one error")
    print(f"{'task':12}{'rows':>7}{'slices':>8}{'false verdict':>16}{'by primary':>14}{'all held':>14}{'power':>14}")
    inconsistent = 0
    for design in _designs(options):
        task, size, slices = design
        rng = np.random.default_rng(2)
        null = [
            list(null_report(*design, seed, options.resamples, rng, options.rarer)) for seed in range(options.draws)
        ]
        held, found = held_and_shown(*design, options.held, options.resamples, options.rarer)
        loud = [any(map(is_loud, report)) for report in null]
        first = [is_loud(report[0]) for report in null if report[0].metric == PRIMARY[task]]
        shares = "".join(f"{_share(values):>14}" for values in (first, held, found))
        print(f"{task:12}{size:>7}{slices:>8}{_share(loud):>16}{shares}", flush=True)
        inconsistent += sum(contradicts(change) for report in null for change in report)
    print(f"verdicts that their printed interval does not say: {inconsistent} (target 0)")


def _designs(options: argparse.Namespace) -> Iterator[tuple[Task, int, int]]:
    yield from ((task, size, slices) for task in options.tasks for size in options.rows for slices in options.slices)


def _parts(task: Task, size: int, slices: int, rng: np.random.Generator) -> list[Subset]:
    """All rows, and slices of one column: a row is in one of them."""
    dealt = rng.integers(0, max(1, slices), size)
    return [Subset(), *(Subset(np.flatnonzero(dealt == i), (PRIMARY[task],)) for i in range(slices))]


def null_report(
    task: Task, size: int, slices: int, seed: int, resamples: int, rng: np.random.Generator, rarer: float = 0.5
) -> Iterator[Change]:
    """The changes between two equally good models."""
    rows = draw(task, size, rng, rarer)
    one, two, parts = blur(rows, 0.4, rng), blur(rows, 0.4, rng), _parts(task, size, slices, rng)
    for table in compare([one], [two], parts, PRIMARY[task], resamples, seed):
        yield from sorted(table, key=lambda change: change.metric != PRIMARY[task])


def held_and_shown(
    task: Task, size: int, slices: int, draws: int, resamples: int, rarer: float = 0.5
) -> tuple[list[bool], list[bool]]:
    """Of models that differ: whether all intervals of a report hold; whether the primary metric's change is shown."""
    if not draws:
        return [], []
    rng = np.random.default_rng(3)
    whole = draw(task, POPULATION // 5, rng, rarer)
    before, after = blur(whole, 0.3, rng).estimates(), blur(whole, 0.6, rng).estimates()
    held, shown = [], []
    for seed in range(draws):
        rows = draw(task, size, rng, rarer)
        one, two, parts = blur(rows, 0.3, rng), blur(rows, 0.6, rng), _parts(task, size, slices, rng)
        tables = compare([one], [two], parts, PRIMARY[task], resamples, seed)
        judged = [change for table in tables for change in table if change.low is not None]
        held.append(all(_holds(change, after[change.metric] - before[change.metric]) for change in judged))
        shown.append(any(change.metric == PRIMARY[task] and is_loud(change) for change in tables[0]))
    return held, shown


def _holds(change: Change, truth: float) -> bool:
    return change.low is None or change.high is None or change.low <= truth <= change.high


def is_loud(change: Change) -> bool:
    """Whether it has a verdict."""
    return change.verdict in {"better", "worse"}


def contradicts(change: Change) -> bool:
    """Whether its verdict is not what its printed interval says."""
    if change.low is None or change.high is None:
        return change.verdict != "not evaluable"
    return change.verdict != verdict(change.low, change.high, change.better)


def _share(values: list[bool]) -> str:
    if not values:
        return "–"
    share = float(np.mean(values))
    return f"{100 * share:.1f} ± {100 * sqrt(max(share * (1 - share), 0.001) / len(values)):.1f}"


if __name__ == "__main__":
    main()
