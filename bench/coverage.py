"""How often does a printed 95 % interval hold the truth? Test sets come from populations whose metrics are known."""

import argparse

import numpy as np

from harness.core.contract import Task
from harness.evaluate.bootstrap import honest_metrics, percentile_interval, resample
from harness.evaluate.metrics import KNOWN_METRICS
from harness.evaluate.sample import Sample

POPULATION = 1_000_000
RESAMPLES = 1000
SIZES = (50, 100, 250, 1000)
ALLOWED = 2.0  # percentage points from 95
# Task and how much rarer each further class is (a shift of its logit).
CASES: dict[str, tuple[Task, float]] = {
    "binary": ("binary", 0.5),
    "binary, 1 of 8 positive": ("binary", 2.8),
    "multiclass": ("multiclass", 0.25),
    "regression": ("regression", 0.0),
}


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
    return Sample(task, y, sharp, 0.5 if task == "binary" else None)


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench coverage", description=__doc__)
    parser.add_argument("--draws", type=int, default=1000, help="test sets per size (1000)")
    parser.add_argument(
        "--all", action="store_true", help="intervals that are not printed too, to choose the limits by"
    )
    arguments = parser.parse_args()
    for case, (task, rarer) in CASES.items():
        rng = np.random.default_rng(1)
        truth = draw(task, POPULATION, rng, rarer).estimates()
        print(
            f"{case}: coverage in % of {arguments.draws} test sets by rows (target 95 ± {ALLOWED:.0f}; –: not printed)"
        )
        print(f"  {'':28}" + "".join(f"{size:>8}" for size in SIZES))
        held = [_coverage(task, rarer, size, truth, rng, arguments) for size in SIZES]
        for name, metric in KNOWN_METRICS[task].items():
            if metric.interval_rows:
                print(f"  {name:28}" + "".join(f"{part[name]:8.1f}" if name in part else f"{'–':>8}" for part in held))


def _coverage(
    task: Task,
    rarer: float,
    rows: int,
    truth: dict[str, float],
    rng: np.random.Generator,
    arguments: argparse.Namespace,
) -> dict[str, float]:
    held: dict[str, list[bool]] = {}
    for seed in range(arguments.draws):
        sample = draw(task, rows, rng, rarer)
        drawn = resample([sample], RESAMPLES, seed)[0]
        for name in drawn if arguments.all else honest_metrics(sample):
            interval = percentile_interval(drawn[name])
            if interval:
                held.setdefault(name, []).append(interval[0] <= truth[name] <= interval[1])
    # Where a class is only now and then frequent enough, the few cases that are printed say little.
    return {name: 100 * float(np.mean(hits)) for name, hits in held.items() if len(hits) >= arguments.draws / 10}


if __name__ == "__main__":
    main()
