"""What is drawn in a resample: rows, whole groups, or blocks of days: rows that depend on each other go together."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.core.contract import Contract, as_text
from harness.core.prepared import PreparedRows

LEAST_BLOCKS = 30  # of days: fewer say too little of how days differ
BLOCKS = 60  # as many as this are kept where days are joined to longer blocks
LONGEST_BLOCK = 7  # days
MANY_UNITS = 2000
NORMAL_QUANTILE = 1.959964  # of 0.975

Places = NDArray[np.int64]  # the unit of each row (n,)
Weights = NDArray[np.float64]  # how often each row is drawn (resamples, n)


@dataclass(frozen=True)
class Units:
    """The rows' units: groups and blocks of days, each None where none is declared; without both each row is one."""

    rows: int
    groups: Places | None = None
    blocks: Places | None = None
    block_days: int = 0  # days of a block

    def take(self, rows: NDArray[np.int64] | None) -> "Units":
        """The units of the rows at these positions (k,); None: of all rows."""
        if rows is None:
            return self
        groups, blocks = (None if places is None else places[rows] for places in (self.groups, self.blocks))
        return Units(len(rows), groups, blocks, self.block_days)

    def declared(self) -> list[tuple[str, Places]]:
        """What goes together, and in which way."""
        named = (("groups", self.groups), ("blocks of days", self.blocks))
        return [(what, places) for what, places in named if places is not None]

    def widening(self) -> float:
        """How much wider than of independent rows an interval must be, because it is made of few units.

        A resample of B units has (B − 1)/B of their variance, and that is estimated: Student's quantile with B − 1
        degrees of freedom takes the place of the normal one.
        """
        counts = [effective(np.bincount(places)) for _, places in self.declared()]
        fewest = max(min(counts, default=np.inf), 2.0)
        return student_factor(fewest - 1) * float(np.sqrt(1 + 1 / (fewest - 1)))

    def draw(self, count: int, rng: np.random.Generator) -> Weights:
        """How often each row is drawn, in `count` resamples.

        With groups and days a row is drawn as often as its group times its day (Owen, Annals of Applied Statistics
        2007), which is cautious: it counts the rows' own noise more than once.
        """
        if not self.declared():
            return _draw(self.rows, count, rng)
        weights = np.ones((count, self.rows))
        for _, places in self.declared():
            weights *= _draw(int(places.max()) + 1, count, rng)[:, places]
        return weights

    def why_too_few(self) -> str:
        """Why no interval of these rows is honest; empty if it may be."""
        for what, places in self.declared():
            found = effective(np.bincount(places))
            if what != "groups" and found < LEAST_BLOCKS:
                return f"the test rows are of {found:.0f} days, {more_needed(LEAST_BLOCKS, found)} for an interval"
        return ""


def units_of(rows: pd.DataFrame | PreparedRows, contract: Contract) -> Units:
    """Groups where a group is declared, blocks of days where a time is."""
    groups = pd.factorize(rows[contract.group].map(as_text))[0].astype(np.int64) if contract.group else None
    if not contract.time:
        return Units(len(rows), groups)
    days = pd.factorize(rows[contract.time].to_numpy().astype("datetime64[D]"), sort=True)[0].astype(np.int64)
    length = int(np.clip((days.max() + 1) // BLOCKS, 1, LONGEST_BLOCK))
    return Units(len(rows), groups, days // length, length)


def student_factor(degrees: float) -> float:
    """Student's 97.5 % quantile as a multiple of the normal one (Hill's expansion: from 10 degrees on to 4 digits)."""
    z = NORMAL_QUANTILE
    return 1 + (z**2 + 1) / (4 * degrees) + (5 * z**4 + 16 * z**2 + 3) / (96 * degrees**2)


def more_needed(least: int, found: float) -> str:
    """How many rows (groups, days) are missing."""
    missing = max(1, least - round(found))
    return f"{missing} more {'is' if missing == 1 else 'are'} needed"


def effective(sizes: NDArray[np.int64] | NDArray[np.float64]) -> float:
    """How many equal units say as much as units of these sizes (units,) (Kish): (Σ n)² / Σ n²."""
    kept = sizes[sizes > 0].astype(float)
    return float(kept.sum() ** 2 / (kept**2).sum()) if len(kept) else 0.0


def _draw(units: int, count: int, rng: np.random.Generator) -> Weights:
    if units > MANY_UNITS:  # one resample after the other, in the processor's cache; the same numbers are drawn
        weights = np.empty((count, units))
        for row in weights:
            row[:] = np.bincount(rng.integers(0, units, size=units, dtype=np.int32), minlength=units)
        return weights
    picks = rng.integers(0, units, size=(count, units), dtype=np.int32)
    flat = (picks + np.arange(count)[:, None] * units).ravel()
    return np.bincount(flat, minlength=count * units).reshape(count, units).astype(float)
