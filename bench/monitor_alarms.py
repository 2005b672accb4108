"""How many quiet lives alarm: of this monitor by tier, and of the usual rules on the same streams."""

import time
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from scipy.stats import beta, ks_2samp

from bench.monitor_pool import LOOKS, ROWS, TEST, Pool, binned, build_pool, draw
from harness.evaluate.bounded_loss import upper_bound
from harness.evaluate.build_reference import BOUND
from harness.inference.reference import Floats
from harness.monitor import betting, drift, quality
from harness.monitor.budget import BETTING, DRIFT, ESTIMATE, QUALITY, share
from harness.monitor.estimate import estimate

MARGIN = 0.02
TIERS = ("quality", "drift", "estimated loss", "labelled risk", "any", "PSI > 0.2", "KS p < 0.05")


def live(pool: Pool, reference: np.ndarray, stream: np.ndarray) -> tuple[list[bool], list[bool]]:
    """One life in which nothing changes: whether each tier without labels, and each rival, ever alarmed."""
    test, (looks, rows) = len(reference), stream.shape
    counts = [(s, _tally(bins[stream], len(s.expected))) for s, bins in binned(pool, reference)]
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
    ours = [bool(np.any(risen)), any(drifted), any(low is not None and low > MARGIN for low in guessed)]
    psi = any(bool((drift.population_stability(s.expected, n) > 0.2).any()) for s, n in counts)
    return ours, [psi, _kolmogorov(pool, reference, stream)]


def loss_shown(pool: Pool, references: np.ndarray, streams: np.ndarray) -> np.ndarray:
    """Whether the loss of all rows (half of the bets) or of one of two slices (a quarter each) is shown in each life.

    References (lives, test) and streams (lives, looks, rows) are rows of the pool. Of a slice each life bets on as many
    rows of a look as every life has.
    """
    first = pool.texts[0] == 0
    shown = np.zeros(len(streams), bool)
    for inside, part in ((np.ones(len(first), bool), 2), (first, 4), (~first, 4)):
        limits = [upper_bound(pool.losses[rows[inside[rows]]], BOUND / part) + MARGIN for rows in references]
        wealth = betting.begin(np.array(limits))
        for look in range(streams.shape[1]):
            chosen = inside[streams[:, look]]
            rows = np.argsort(~chosen, axis=1, kind="stable")[:, : chosen.sum(axis=1).min()]
            losses = pool.losses[np.take_along_axis(streams[:, look], rows, axis=1)]
            wealth, top = betting.bet(wealth, losses)
            shown |= top >= part / BETTING
    return shown


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


def lives(seeds: range, rows: int = ROWS) -> list[list[bool]]:
    """Of each life, whether each of TIERS ever alarmed."""
    if not _POOL:
        _POOL.append(build_pool())
    drawn, found = [draw(seed, rows) for seed in seeds], []
    lost = loss_shown(_POOL[0], *(np.array(part) for part in zip(*drawn, strict=True)))
    for life, shown in zip(drawn, lost.tolist(), strict=True):
        ours, rivals = live(_POOL[0], *life)
        found.append([*ours, shown, any([*ours, shown]), *rivals])
    return found


def false_alarms(first: int, streams: int, rows: int, processes: int) -> None:
    """Print how many lives in which nothing changes have an alarm, of each tier and of each rival."""
    end = first + streams
    parts = [range(start, min(start + 50, end)) for start in range(first, end, 50)]
    began = time.monotonic()
    with ProcessPoolExecutor(processes) as pool:
        found = np.array([row for part in pool.map(lives, parts, [rows] * len(parts)) for row in part])
    print(f"\nFalse alarms: {streams:,} lives of {LOOKS} looks at {rows} rows, {TEST:,} test rows drawn anew each")
    print(f"{'':16}{'lives with an alarm':>20}{'95 % upper bound':>18}")
    for name, count in zip(TIERS, found.sum(axis=0), strict=True):
        upper = beta.ppf(0.95, count + 1, streams - count) if count < streams else 1.0
        print(f"{name:16}{count / streams:>19.2%} {upper:>17.2%}")
    print(f"({time.monotonic() - began:.0f} s)")
