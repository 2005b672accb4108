"""False alarms of a deployed model's life, delays until a loss is shown, and years of census rows with their truth."""

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from os import cpu_count, environ
from pathlib import Path

import numpy as np
from scipy.stats import beta, ks_2samp, norm

from bench.census import run_census
from harness.evaluate.bounded_loss import upper_bound
from harness.evaluate.build_reference import BOUND, category_spread, number_spread
from harness.inference.reference import Floats, Spread
from harness.monitor import betting, drift, quality
from harness.monitor.budget import BETTING, DRIFT, ESTIMATE, QUALITY, share
from harness.monitor.estimate import estimate

POOL, TEST, LOOKS, ROWS = 200_000, 2000, 52, 500
MARGIN = 0.02
TIERS = ("quality", "drift", "estimated loss", "labelled risk", "any", "PSI > 0.2", "KS p < 0.05")
FLIPS = (0.02, 0.05, 0.10)


@dataclass(frozen=True)
class Pool:
    """Rows of a made-up world and a fair model's probability and truth of each."""

    numbers: Floats  # (rows, 4), some missing
    texts: list[list[str]]  # two columns
    chance: Floats
    y: Floats
    design: Floats

    @property
    def losses(self) -> Floats:
        """Of Brier."""
        brier: Floats = (self.chance - self.y) ** 2
        return brier


def build_pool(rows: int = POOL, seed: int = 0) -> Pool:
    """Skewed, correlated and discrete numbers, one with gaps; a category of four values and one with a long tail."""
    rng = np.random.default_rng(seed)
    base = rng.normal(size=(rows, 4))
    numbers = np.column_stack([base[:, 0], np.exp(base[:, 1] + 0.5 * base[:, 0]), rng.poisson(2, rows), base[:, 3]])
    numbers[rng.random(rows) < 0.05, 3] = np.nan
    few = rng.choice(4, rows, p=[0.4, 0.3, 0.2, 0.1])
    tail = np.minimum(rng.zipf(1.6, rows), 500)
    logit = 3 * (0.9 * base[:, 0] - 0.4 * np.log1p(numbers[:, 1]) + 0.3 * numbers[:, 2] - 0.5 * few)
    logit += base[:, 2]
    truth = (rng.random(rows) < 1 / (1 + np.exp(-logit))).astype(float)
    chance = 1 / (1 + np.exp(-0.9 * (logit - base[:, 2])))
    scaled = [np.clip((c - np.nanmean(c)) / np.nanstd(c), -3, 3) for c in numbers.T]
    expected = chance * (1 - chance)
    columns = [np.ones(rows), expected, expected**2, *(np.nan_to_num(c) for c in scaled), np.isnan(numbers[:, 3])]
    design = np.column_stack([*columns, *(few == k for k in range(1, 4))]).astype(float)
    return Pool(numbers, [[str(k) for k in few], [str(k) for k in tail]], chance, truth, design)


def spreads(pool: Pool, rows: np.ndarray) -> list[tuple[Spread, Floats]]:
    """The score's bins, then each column's, from the rows of one reference; with the bin of each row of the pool."""
    found = [(number_spread("score", pool.chance[rows]), pool.chance)]
    found += [(number_spread(str(place), pool.numbers[rows, place]), pool.numbers[:, place]) for place in range(4)]
    return found


def live(
    pool: Pool, seed: int, looks: int = LOOKS, rows: int = ROWS, test: int = TEST
) -> tuple[list[bool], list[bool]]:
    """One model's life in which nothing changes: whether each tier, and each rival, ever alarmed."""
    rng = np.random.default_rng(seed)
    reference, stream = rng.integers(0, POOL, test), rng.integers(0, POOL, (looks, rows))
    counts = []
    for spread, values in spreads(pool, reference):
        bins = spread.number_bins(values[stream])
        counts.append((spread, _tally(bins, len(spread.expected))))
    for texts in pool.texts:
        spread = category_spread("text", (texts[row] for row in reference))
        bins = spread.text_bins([texts[row] for row in stream.ravel()]).reshape(stream.shape)
        counts.append((spread, _tally(bins, len(spread.expected))))
    level = share(np.arange(looks))
    p_values = np.column_stack(
        [drift.compare_spreads(s.expected, test, n, np.full(looks, rows)).p_value() for s, n in counts]
    )
    drifted = [any(np.any(x) for x in drift.shown(p_values[k : k + 1, 0], p_values[k : k + 1, 1:], DRIFT * level[k]))
               for k in range(looks)]  # fmt: skip
    risen = [
        quality.rise(before, test, hits, rows, QUALITY * level / (2 * len(counts))).least > quality.MARGIN_OF_SHARE
        for s, n in counts
        for before, hits in ((s.missing, n[:, -2]), (s.unseen, n[:, -1]))
    ]
    design, losses = pool.design[reference], pool.losses[reference]
    guessed = [estimate(design, losses, pool.design[stream[k]]).lower(ESTIMATE * level[k]) for k in range(looks)]
    limit = upper_bound(losses, BOUND / 2) + MARGIN
    wealth, highest = betting.begin(limit), 0.0
    for k in range(looks):
        wealth, top = betting.bet(wealth, pool.losses[stream[k]])
        highest = max(highest, float(top))
    ours = [bool(np.any(risen)), any(drifted), any(low is not None and low > MARGIN for low in guessed)]
    ours.append(highest >= 1 / BETTING)
    psi = any(bool((drift.population_stability(s.expected, n) > 0.2).any()) for s, n in counts)
    return ours, [psi, _kolmogorov(pool, reference, stream)]


def _tally(bins: np.ndarray, size: int) -> Floats:
    looks = len(bins)
    flat = bins + np.arange(looks)[:, None] * size
    return np.bincount(flat.ravel(), minlength=looks * size).reshape(looks, size).astype(float)


def _kolmogorov(pool: Pool, reference: np.ndarray, stream: np.ndarray) -> bool:
    """Whether a test of Kolmogorov and Smirnov at 5 % ever fires for the score or one of the numbers."""
    for values in (pool.chance, *pool.numbers[:, :3].T):
        old = values[reference]
        if any(ks_2samp(old, values[rows], method="asymp").pvalue < 0.05 for rows in stream):
            return True
    return False


_POOL: list[Pool] = []


def _lives(seeds: range) -> list[list[bool]]:
    if not _POOL:
        _POOL.append(build_pool())
    found = []
    for seed in seeds:
        ours, rivals = live(_POOL[0], seed)
        found.append([*ours, any(ours), *rivals])
    return found


def false_alarms(streams: int, processes: int) -> None:
    parts = [range(start, min(start + 50, streams)) for start in range(0, streams, 50)]
    began = time.monotonic()
    with ProcessPoolExecutor(processes) as pool:
        found = np.array([row for part in pool.map(_lives, parts) for row in part])
    print(f"\nFalse alarms: {streams:,} lives of {LOOKS} looks at {ROWS} rows, {TEST:,} test rows drawn anew each")
    print(f"{'':16}{'lives with an alarm':>20}{'95 % upper bound':>18}")
    for name, count in zip(TIERS, found.sum(axis=0), strict=True):
        upper = beta.ppf(0.95, count + 1, streams - count) if count < streams else 1.0
        print(f"{name:16}{count / streams:>19.2%} {upper:>17.2%}")
    print(f"({time.monotonic() - began:.0f} s)")


def delays(pool: Pool, quiet: int, lives: int, test: int = 20_000) -> None:
    """Rows until labelled risk alarms, after so many quiet looks, beside the test that knows the moment of change."""
    rng = np.random.default_rng(1)
    before = pool.losses
    print(f"\nDelay until the alarm, in rows, when the change comes after {quiet} looks ({lives} lives, median)")
    print(f"{'change':24}{'loss +':>8}{'alarms':>8}{'delay':>8}{'fixed n':>9}{'ratio':>7}")
    for name, losses in changes(pool, rng):
        limit = upper_bound(rng.choice(before, (lives, test)), BOUND / 2) + MARGIN
        excess = losses.mean() - float(np.median(limit))
        fixed = _fixed_rows(before, losses, excess)
        looks = 40 if not np.isfinite(fixed) else int(np.clip(4 * fixed / ROWS, 8, 160))
        delay = _delay(before, losses, limit, quiet, looks, rng)
        shown = np.isfinite(delay).mean()
        median = float(np.median(delay))
        ratio = f"{median / fixed:7.2f}" if np.isfinite(fixed) and np.isfinite(median) else f"{'–':>7}"
        print(f"{name:24}{losses.mean() - before.mean():>+8.3f}{shown:>8.0%}{median:>8.0f}{fixed:>9.0f}{ratio}")


def changes(pool: Pool, rng: np.random.Generator) -> list[tuple[str, Floats]]:
    """Losses of the pool's rows after each kind of change."""
    found = []
    for flipped in FLIPS:
        y = np.where(rng.random(len(pool.y)) < flipped, 1 - pool.y, pool.y)
        found.append((f"{flipped:.0%} of labels flipped", (pool.chance - y) ** 2))
    odds = np.where(pool.y == 1, 4.0, 1.0)
    heavy = np.exp(8 * pool.design[:, 1])
    for name, weight in (("prior shift, odds × 4", odds), ("reweighted to hard rows", heavy)):
        rows = rng.choice(len(weight), len(weight), p=weight / weight.sum())
        found.append((name, pool.losses[rows]))
    y = np.where((pool.design[:, 3] > 0.5), 1 - pool.y, pool.y)
    found.append(("relation turned, x > 0.5", (pool.chance - y) ** 2))
    return found


def _fixed_rows(before: Floats, after: Floats, excess: float) -> float:
    """Rows of the one-sided test of the labelled tier's level with 80 % power, against the same limit."""
    if excess <= 0:
        return float("inf")
    needed = norm.isf(BETTING + BOUND) * before.std() + norm.isf(0.2) * after.std()
    return float((needed / excess) ** 2)


def _delay(before: Floats, after: Floats, limit: Floats, quiet: int, looks: int, rng: np.random.Generator) -> Floats:
    wealth, hit = betting.begin(limit), np.full(len(limit), np.inf)
    for look in range(quiet + looks):
        losses = rng.choice(before if look < quiet else after, (len(limit), ROWS))
        wealth, path = betting.follow(wealth, losses)
        over = path >= 1 / BETTING
        first = (look - quiet) * ROWS + over.argmax(axis=1) + 1
        hit = np.where(np.isinf(hit) & over.any(axis=1), first, hit)
    return hit


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench monitor", description=__doc__)
    parser.add_argument("--streams", type=int, default=10_000, help="lives in which nothing changes (10,000)")
    parser.add_argument("--lives", type=int, default=200, help="lives for each change (200)")
    parser.add_argument("--processes", type=int, default=cpu_count() or 1, help="at once (one a core)")
    parser.add_argument("--census", type=Path, help="nannyml's unpacked wheel, or a folder that holds its .pq files")
    arguments = parser.parse_args()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        environ.setdefault(name, "1")
    if arguments.streams:
        false_alarms(arguments.streams, arguments.processes)
    if arguments.lives:
        pool = build_pool()
        delays(pool, 0, arguments.lives)
        delays(pool, 40, arguments.lives)
    if arguments.census:
        run_census(arguments.census)


if __name__ == "__main__":
    main()
