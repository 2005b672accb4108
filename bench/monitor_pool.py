"""A made-up world, rows of which are a model's test rows and what it is asked; and what may change in it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from harness.evaluate.build_reference import category_spread, number_spread
from harness.inference.reference import Floats, Spread

POOL, TEST, LOOKS, ROWS = 200_000, 2000, 52, 500  # ROWS of one look
FLIPS = (0.02, 0.05, 0.10)


@dataclass(frozen=True)
class Pool:
    """Rows of a made-up world and a fair model's probability and truth of each."""

    numbers: Floats  # (rows, 4), some missing
    texts: list[np.ndarray]  # two columns: the place of each row's value in `words`
    chance: Floats
    y: Floats
    design: Floats
    losses: Floats  # of Brier

    def words(self, column: int) -> list[str]:
        """The values of a column of texts."""
        return [str(value) for value in range(int(self.texts[column].max()) + 1)]


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
    return Pool(numbers, [few, tail], chance, truth, design, (chance - truth) ** 2)


def draw(seed: int, rows: int = ROWS) -> tuple[np.ndarray, np.ndarray]:
    """The test rows (test,) of a model's life, and what it is asked (looks, rows): rows of the pool."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, POOL, TEST), rng.integers(0, POOL, (LOOKS, rows))


def binned(pool: Pool, reference: np.ndarray) -> list[tuple[Spread, np.ndarray]]:
    """The score's bins, then each column's, of one reference; with the bin of each row of the pool."""
    found = []
    for values in (pool.chance, *pool.numbers.T):
        spread = number_spread("number", values[reference])
        found.append((spread, spread.number_bins(values)))
    for place, texts in enumerate(pool.texts):
        words = pool.words(place)
        spread = category_spread("text", (words[value] for value in texts[reference]))
        found.append((spread, spread.text_bins(words)[texts]))
    return found


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


def save(folder: Path, streams: int, rows: int) -> None:
    """Write the pool and some of the lives, for tools that need an environment of their own."""
    folder.mkdir(parents=True, exist_ok=True)
    pool = build_pool()
    columns = {"score": pool.chance, **{f"number{place}": column for place, column in enumerate(pool.numbers.T)}}
    texts = {f"text{place}": column.astype(str) for place, column in enumerate(pool.texts)}
    pd.DataFrame({**columns, **texts}).to_parquet(folder / "pool.parquet")
    references, lives_of = zip(*(draw(seed, rows) for seed in range(streams)), strict=True)
    np.savez(folder / "lives.npz", references=np.array(references), streams=np.array(lives_of))
