"""One table of what the report's statistics hold: consistency, false verdicts, seeds alone, coverage, power."""

import argparse
import sys
from collections.abc import Iterator
from math import sqrt
from typing import NamedTuple

import numpy as np

from bench import coverage, paired, seeds

WIDE = 2.0  # errors within which a figure may miss its target by chance


class Line(NamedTuple):
    """One figure of the table: hits of cases, in percent what it may be."""

    what: str
    design: str
    hits: list[bool]
    low: float = 0.0
    high: float = 100.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench statistics", description=__doc__)
    parser.add_argument("--draws", type=int, default=400, help="test sets of each design; a tenth at 20,000 rows (400)")
    parser.add_argument("--parts", nargs="+", default=list(PARTS), help=f"of {', '.join(PARTS)} (all)")
    parser.add_argument("--rows", type=int, nargs="+", default=[300, 1000, 20_000], help="of a test set")
    parser.add_argument("--tasks", nargs="+", default=list(paired.PRIMARY), help="for false verdicts and power (all)")
    parser.add_argument("--slices", type=int, nargs="+", default=[0, 2, 5, 20], help="of a report (0 2 5 20)")
    parser.add_argument("--kinds", nargs="+", default=list(seeds.KINDS), help="estimators, for seeds alone (all)")
    parser.add_argument("--cases", nargs="+", default=list(coverage.CASES), help="for coverage (all)")
    options = parser.parse_args()
    print(f"{'what':22}{'design':44}{'found, %':>14}   target")
    missed = 0
    for part in options.parts:
        for line in PARTS[part](options):
            missed += _print(line)
    sys.exit(f"error: {missed} figures miss their target" if missed else 0)


def _print(line: Line) -> bool:
    """Print a figure ± its error; whether it misses its target by more than chance."""
    cases = len(line.hits)
    if not cases:
        print(f"{line.what:22}{line.design:44}{'not printed':>14}", flush=True)
        return False
    share = float(np.mean(line.hits))
    error = 100 * sqrt(max(share * (1 - share), 0.25 / cases) / cases)
    missed = not line.low - WIDE * error <= 100 * share <= line.high + WIDE * error
    target = f"{line.low:g} … {line.high:g}" + (": MISSED" if missed else "")
    print(f"{line.what:22}{line.design:44}{100 * share:8.1f} ± {error:3.1f}   {target}", flush=True)
    return missed


def _false_verdicts(options: argparse.Namespace) -> Iterator[Line]:
    """Of two equally good models; and verdicts that their printed interval does not say."""
    consistent: list[bool] = []
    for task in options.tasks:
        for rows in options.rows:
            for slices in options.slices:
                rng = np.random.default_rng(2)
                count = _draws(options.draws, rows)
                reports = [list(paired.null_report(task, rows, slices, seed, 500, rng)) for seed in range(count)]
                consistent += [not paired.contradicts(change) for report in reports for change in report]
                design = f"{task}, {rows} rows, {slices} slices"
                yield Line("false verdict", design, [any(map(paired.is_loud, report)) for report in reports], high=5)
                yield Line("  by the primary", design, [paired.is_loud(report[0]) for report in reports], high=5)
    yield Line("verdict = interval", "all of these", consistent, low=100)


def _power(options: argparse.Namespace) -> Iterator[Line]:
    for task in options.tasks:
        for rows in options.rows:
            held, shown = paired.held_and_shown(task, rows, 0, _draws(options.draws, rows), 500)
            yield Line("all intervals hold", f"{task}, {rows} rows", held, low=95)
            yield Line("power of the primary", f"{task}, {rows} rows", shown)


def _seeds(options: argparse.Namespace) -> Iterator[Line]:
    for kind in options.kinds:
        models = seeds.trained(kind, train=1000, pool=40)
        for rows in options.rows:
            for k in (1, 5):
                loud = list(seeds.loud(models, rows, k, _draws(options.draws, rows)))
                yield Line("seeds alone", f"{kind}, {rows} rows, {k} trainings", loud, high=100 if k == 1 else 4)


def _coverage(options: argparse.Namespace) -> Iterator[Line]:
    for case in options.cases:
        for rows in coverage.CASES[case][1]:
            for name, hits in coverage.held(case, rows, _draws(options.draws, rows)).items():
                yield Line("coverage", f"{case}, {rows} rows: {name}", hits, low=95 - coverage.ALLOWED)


def _draws(draws: int, rows: int) -> int:
    return max(10, draws // 10) if rows >= 20_000 else draws


PARTS = {"false": _false_verdicts, "seeds": _seeds, "coverage": _coverage, "power": _power}

if __name__ == "__main__":
    main()
