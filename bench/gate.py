"""A rule on a change: how often does it fail, pass or leave open, by how much worse the model truly is?"""

import argparse
from collections import Counter

import numpy as np

from bench.coverage import draw
from bench.paired import blur
from harness.compare.comparison import Comparison
from harness.compare.gate import judge
from harness.compare.verdicts import compare
from harness.core.judge_params import Gates
from harness.evaluate.bootstrap import Subset

LARGE = 100_000  # rows from which the true drop is read
NOISES = (0.3, 0.4, 0.6, 0.9, 1.3)  # of the candidate; the base has the first


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench gate", description=__doc__)
    parser.add_argument("--draws", type=int, default=200, help="test sets of each row (200)")
    parser.add_argument("--rows", type=int, nargs="+", default=[262, 1000], help="test rows (262 1000)")
    parser.add_argument("--allowed", type=float, default=0.01, help="max_drop of roc_auc (0.01)")
    options = parser.parse_args()
    gates = Gates.model_validate({"metrics": {"roc_auc": {"max_drop": options.allowed}}, "slices": {}})
    print(f"roc_auc max_drop {options.allowed:g}; percent of {options.draws} test sets, ± 3.5 at most for 200")
    print(f"{'rows':>6}{'true drop':>11}{'fail':>8}{'pass':>8}{'undecided':>11}")
    rng = np.random.default_rng(3)
    whole = draw("binary", LARGE, rng)
    before = blur(whole, NOISES[0], rng).estimates()["roc_auc"]
    for rows in options.rows:
        for noise in NOISES:
            drop = before - blur(whole, noise, rng).estimates()["roc_auc"]
            found: Counter[str] = Counter()
            for seed in range(options.draws):
                made = draw("binary", rows, rng)
                sides = [blur(made, NOISES[0], rng)], [blur(made, noise, rng)]
                (changes,) = compare(*sides, [Subset()], "roc_auc", 500, seed)
                found[judge(gates, Comparison(changes, [], "compared"))[0].state] += 1
            shares = [100 * found[state] / options.draws for state in ("fail", "pass", "undecided")]
            print(f"{rows:>6}{drop:>11.4f}{shares[0]:>8.1f}{shares[1]:>8.1f}{shares[2]:>11.1f}", flush=True)


if __name__ == "__main__":
    main()
