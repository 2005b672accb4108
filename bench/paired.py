"""Two different models of known quality: does the paired interval hold the true change, and how often is noise news?"""

import argparse

import numpy as np

from bench.coverage import ALLOWED, POPULATION, draw
from harness.compare.verdicts import ALPHA, compare, correct_verdicts
from harness.core.contract import Task
from harness.evaluate.metrics import KNOWN_METRICS
from harness.evaluate.sample import Sample

RESAMPLES = 1000
PRIMARY: dict[Task, str] = {"binary": "roc_auc", "multiclass": "roc_auc_ovr", "regression": "rmse"}


def blur(sample: Sample, noise: float, rng: np.random.Generator) -> Sample:
    """A model that sees the same rows through noise of its own."""
    if sample.task == "regression":
        return Sample(sample.task, sample.y, sample.scores + rng.normal(size=sample.scores.shape) * noise)
    scores = np.exp(np.log(sample.scores) + rng.normal(size=sample.scores.shape) * noise)
    return Sample(sample.task, sample.y, scores / scores.sum(axis=1, keepdims=True), sample.threshold)


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench paired", description=__doc__)
    parser.add_argument("--draws", type=int, default=2000, help="test sets (2000)")
    parser.add_argument("--rows", type=int, default=300, help="rows of each (300)")
    arguments = parser.parse_args()
    draws, size = arguments.draws, arguments.rows
    for task in KNOWN_METRICS:
        rng = np.random.default_rng(2)
        coverage = _coverage(task, draws, size, rng)
        headline, table = _false_alarms(task, draws, size, rng)
        print(f"{task}: {draws} test sets of {size} rows")
        for name, held in coverage.items():
            print(f"  {name:28} paired interval holds the true change in {held:5.1f} % (target 95 ± {ALLOWED:.0f})")
        wrong = f"by the headline {headline:.1f} %, by it or any other verdict {table:.1f} %"
        print(f"  two equally good models called different: {wrong} (target ≤ {100 * ALPHA:.0f})", flush=True)


def _coverage(task: Task, draws: int, size: int, rng: np.random.Generator) -> dict[str, float]:
    whole = draw(task, POPULATION, rng)
    before, after = blur(whole, 0.3, rng).estimates(), blur(whole, 0.5, rng).estimates()
    held: dict[str, list[bool]] = {}
    for seed in range(draws):
        rows = draw(task, size, rng)
        for change in compare(blur(rows, 0.3, rng), blur(rows, 0.5, rng), RESAMPLES, seed):
            if change.low is not None and change.high is not None:
                truth = after[change.metric] - before[change.metric]
                held.setdefault(change.metric, []).append(change.low <= truth <= change.high)
    return {name: 100 * float(np.mean(hits)) for name, hits in held.items()}


def _false_alarms(task: Task, draws: int, size: int, rng: np.random.Generator) -> tuple[float, float]:
    """Shares of the draws in which the primary metric, or any metric at all, gets a verdict."""
    headline, table = [], []
    for seed in range(draws):
        rows = draw(task, size, rng)
        one, two = blur(rows, 0.4, rng), blur(rows, 0.4, rng)
        (changes,) = correct_verdicts([compare(one, two, RESAMPLES, seed)], PRIMARY[task])
        loud = [change.metric for change in changes if change.verdict in {"better", "worse"}]
        headline.append(PRIMARY[task] in loud)
        table.append(bool(loud))
    return 100 * float(np.mean(headline)), 100 * float(np.mean(table))


if __name__ == "__main__":
    main()
