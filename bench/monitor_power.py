"""Rows until the labelled loss alarms, beside the test that knows the moment of the change."""

import numpy as np
from scipy.stats import nct, norm
from scipy.stats import t as student

from bench.monitor_alarms import MARGIN
from bench.monitor_pool import ROWS, Pool, changes
from harness.evaluate.bounded_loss import upper_bound
from harness.evaluate.build_reference import BOUND
from harness.inference.reference import Floats
from harness.monitor import betting
from harness.monitor.budget import BETTING

POWER = 0.2  # chance to miss the change
NORMAL = 300  # rows from which Student's distribution is the normal one


def delays(pool: Pool, quiet: int, lives: int, test: int = 20_000) -> None:
    """Rows until labelled risk alarms, after so many quiet looks, beside the test that knows the moment of change."""
    rng = np.random.default_rng(1)
    before = pool.losses
    print(f"\nDelay until the alarm, in rows, when the change comes after {quiet} looks ({lives} lives, median)")
    print(f"{'change':24}{'loss +':>8}{'alarms':>8}{'delay':>8}{'fixed n':>9}{'ratio':>7}")
    for name, losses in changes(pool, rng):
        limit = upper_bound(rng.choice(before, (lives, test)), BOUND / 2) + MARGIN
        excess = losses.mean() - float(np.median(limit))
        fixed = _fixed_rows(losses, excess)
        looks = 40 if not np.isfinite(fixed) else int(np.clip(4 * fixed / ROWS, 8, 160))
        delay = _delay(before, losses, limit, quiet, looks, rng)
        shown = np.isfinite(delay).mean()
        median = float(np.median(delay))
        ratio = f"{median / fixed:7.2f}" if np.isfinite(fixed) and np.isfinite(median) else f"{'–':>7}"
        print(f"{name:24}{losses.mean() - before.mean():>+8.3f}{shown:>8.0%}{median:>8.0f}{fixed:>9.0f}{ratio}")


def _fixed_rows(after: Floats, excess: float) -> float:
    """Rows of Student's one-sided test of the labelled tier's level with 80 % power, against the same limit."""
    if excess <= 0:
        return float("inf")
    level, effect = BETTING + BOUND, excess / after.std()
    rows = ((norm.isf(level) + norm.isf(POWER)) / effect) ** 2
    if rows < NORMAL:
        few = np.arange(2, 2 * NORMAL)
        power = nct.sf(student.isf(level, few - 1), few - 1, effect * np.sqrt(few))
        rows = few[power >= 1 - POWER][0]
    return float(rows)


def _delay(before: Floats, after: Floats, limit: Floats, quiet: int, looks: int, rng: np.random.Generator) -> Floats:
    wealth, hit = betting.begin(limit), np.full(len(limit), np.inf)
    for look in range(quiet + looks):
        losses = rng.choice(before if look < quiet else after, (len(limit), ROWS))
        wealth, path = betting.follow(wealth, losses)
        over = path >= 1 / BETTING
        first = (look - quiet) * ROWS + over.argmax(axis=1) + 1
        hit = np.where(np.isinf(hit) & over.any(axis=1), first, hit)
    return hit
