"""How often does the 95 % interval hold the truth? Test sets are drawn from a population whose metrics are known."""

import argparse

import numpy as np

from src.bootstrap import percentile_interval, resample
from src.contract import Task
from src.metrics import METRICS, Sample

POPULATION = 1_000_000
RESAMPLES = 1000
SIZES = (30, 50, 100, 250, 1000)
ALLOWED = 2.0  # percentage points from 95


def draw(task: Task, rows: int, rng: np.random.Generator) -> Sample:
    """Rows on which a fair model, somewhat overconfident, meets its truth (regression: skewed, with Laplace noise)."""
    if task == "regression":
        value = rng.gamma(2.0, 1.0, rows)
        return Sample(task, value + rng.laplace(size=rows) * 0.5, value[:, None])
    classes = 2 if task == "binary" else 3
    logits = rng.normal(size=(rows, classes)) * 1.2 + np.linspace(0.5, 0, classes)
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    y = (chances.cumsum(axis=1) < rng.random((rows, 1))).sum(axis=1).clip(max=classes - 1)
    sharp = np.exp(1.3 * logits) / np.exp(1.3 * logits).sum(axis=1, keepdims=True)
    return Sample(task, y, sharp, 0.5 if task == "binary" else None)


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench coverage", description=__doc__)
    parser.add_argument("--draws", type=int, default=1000, help="test sets per size (1000)")
    draws = parser.parse_args().draws
    for task in METRICS:
        rng = np.random.default_rng(1)
        truth = draw(task, POPULATION, rng).estimates()
        print(f"{task}: coverage in % of {draws} test sets, by rows (95 ± {ALLOWED:.0f} is right)")
        print(f"  {'':28}" + "".join(f"{size:>8}" for size in SIZES) + "   interval printed from")
        coverage = {size: _coverage(task, size, draws, truth, rng) for size in SIZES}
        for name, metric in METRICS[task].items():
            if metric.interval_rows:
                row = "".join(f"{coverage[size][name]:8.1f}" for size in SIZES)
                print(f"  {name:28}{row}   {metric.interval_rows} rows")


def _coverage(task: Task, rows: int, draws: int, truth: dict[str, float], rng: np.random.Generator) -> dict[str, float]:
    held: dict[str, list[bool]] = {name: [] for name in truth}
    for seed in range(draws):
        for name, drawn in resample([draw(task, rows, rng)], RESAMPLES, seed)[0].items():
            interval = percentile_interval(drawn)
            if interval:
                held[name].append(interval[0] <= truth[name] <= interval[1])
    return {name: 100 * float(np.mean(hits)) if hits else float("nan") for name, hits in held.items()}


if __name__ == "__main__":
    main()
