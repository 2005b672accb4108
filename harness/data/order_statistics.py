"""Exact order statistics of more numbers than fit: counted by their leading bits until few enough are left to sort."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from harness.core.blocks import BLOCK_ROWS

DIGIT = 16  # bits that one pass counts by
Blocks = Callable[[], Iterator[NDArray[np.generic]]]  # each call gives all values again: float64 or int64, none missing


def order_statistics(blocks: Blocks, count: int, ranks: Iterable[int]) -> dict[int, float | int]:
    """The values at ranks (from 0) of `count` sorted values: rank → value."""
    wanted = sorted(set(ranks))
    kind, keys = _kind(blocks), lambda: map(_ordered_bits, blocks())
    found: dict[int, np.uint64] = {}
    few: dict[int, list[tuple[int, int]]] = {}  # leading bits → ranks: as asked, and among values that have them
    open_ = {0: [(rank, rank) for rank in wanted]}
    shift = 64
    if count <= BLOCK_ROWS:
        open_, few = {}, {0: open_[0]}
        found |= _sorted_out(keys, few, 64)
    while open_:
        shift -= DIGIT
        left: dict[int, list[tuple[int, int]]] = {}
        few = {}
        for prefix, counts in _count(keys, sorted(open_), shift):
            ends = counts.cumsum()
            for rank, within in open_[prefix]:
                digit = int(np.searchsorted(ends, within, side="right"))
                place = (rank, within - int(ends[digit] - counts[digit]))
                longer = (prefix << DIGIT) | digit
                if shift == 0:
                    found[rank] = np.uint64(longer)
                else:
                    (few if counts[digit] <= BLOCK_ROWS else left).setdefault(longer, []).append(place)
        found |= _sorted_out(keys, few, shift) if few else {}
        open_ = left
    return {rank: _value(found[rank], kind) for rank in wanted}


def quantiles_linear(blocks: Blocks, count: int, shares: Sequence[float]) -> list[float]:
    """As numpy.quantile gives them of all values at once."""
    places = [(count - 1) * share for share in shares]
    ranks = {rank for place in places for rank in (int(place), min(int(place) + 1, count - 1))}
    values = order_statistics(blocks, count, ranks)
    found = []
    for place in places:
        below, above = float(values[int(place)]), float(values[min(int(place) + 1, count - 1)])
        part, step = place - int(place), above - below
        found.append(above - step * (1 - part) if part >= 0.5 else below + step * part)
    return found


def _kind(blocks: Blocks) -> type[np.generic]:
    first = next(blocks())
    return np.int64 if first.dtype.kind in "iu" else np.float64


def _ordered_bits(values: NDArray[np.generic]) -> NDArray[np.uint64]:
    """Whole numbers that are ordered as the values are."""
    top = np.uint64(1 << 63)
    if values.dtype.kind in "iu":
        return values.astype(np.int64).view(np.uint64) ^ top
    bits = (values.astype(np.float64) + 0.0).view(np.uint64)  # of the two zeros one
    return np.where(bits & top, ~bits, bits | top)


def _value(bits: np.uint64, kind: type[np.generic]) -> float | int:
    top = np.uint64(1 << 63)
    if kind is np.int64:
        return int(np.array([bits ^ top]).view(np.int64)[0])
    return float(np.array([bits ^ top if bits & top else ~bits]).view(np.float64)[0])


def _count(
    keys: Callable[[], Iterator[NDArray[np.uint64]]], prefixes: list[int], shift: int
) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """How many values with each prefix have which digit after it."""
    counts = {prefix: np.zeros(1 << DIGIT, np.int64) for prefix in prefixes}
    for block in keys():
        for prefix in prefixes:
            inside = block if shift + DIGIT == 64 else block[(block >> np.uint64(shift + DIGIT)) == np.uint64(prefix)]
            digits = (inside >> np.uint64(shift)) & np.uint64((1 << DIGIT) - 1)
            counts[prefix] += np.bincount(digits.astype(np.int64), minlength=1 << DIGIT)
    yield from counts.items()


def _sorted_out(
    keys: Callable[[], Iterator[NDArray[np.uint64]]], few: dict[int, list[tuple[int, int]]], shift: int
) -> dict[int, np.uint64]:
    """The values at places among those that begin with each prefix, which are few enough to be sorted."""
    held: dict[int, list[NDArray[np.uint64]]] = {prefix: [] for prefix in few}
    for block in keys():
        for prefix, parts in held.items():
            parts.append(block if shift == 64 else block[(block >> np.uint64(shift)) == np.uint64(prefix)])
    found: dict[int, np.uint64] = {}
    for prefix, places in few.items():
        values = np.sort(np.concatenate(held.pop(prefix)))
        found |= {rank: values[within] for rank, within in places}
    return found
