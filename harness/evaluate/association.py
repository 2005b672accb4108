"""Which features say nearly the same: groups of columns that are alike in their ranks or categories."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.core.contract import Contract

ALIKE = 0.8  # of Spearman's rank correlation, or of Cramér's V, from which on two columns are alike
CATEGORIES = 20  # of a column that are told apart, the commonest
LEAST_ROWS = 30  # below, columns are alike by chance


def groups_of(numeric: NDArray[np.float32], categorical: NDArray[np.object_], contract: Contract) -> list[list[str]]:
    """The features in groups, numbers first: two are in one if they are alike, themselves or through others.

    `numeric` (n, numbers) and `categorical` (n, texts) are the model's inputs. A free text is like no other.
    """
    names = [*contract.names("numeric"), *contract.timed(), *contract.names("categorical")]
    free = {feature.name for feature in contract.features if feature.free}
    linked = np.array([[one == other for other in names] for one in names])  # a date is its day and its time
    if len(numeric) >= LEAST_ROWS:
        numbers = numeric.shape[1]
        linked[:numbers, :numbers] |= _rank_correlation(numeric) >= ALIKE
        codes = [_codes(column) for column in categorical.T]
        for one in range(len(codes)):
            for other in range(one):
                both = numbers + one, numbers + other
                alike = free.isdisjoint({names[place] for place in both}) and _cramer(codes[one], codes[other]) >= ALIKE
                linked[both] = linked[both[::-1]] = alike
    return [list(dict.fromkeys(names[place] for place in group)) for group in _components(linked)]


def _rank_correlation(numeric: NDArray[np.float32]) -> NDArray[np.float64]:
    """|Spearman's| of each pair (numbers, numbers); a missing value ranks below all, a constant is like nothing."""
    ranks = pd.DataFrame(numeric).fillna(-np.inf).rank().to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        found: NDArray[np.float64] = np.nan_to_num(np.abs(np.corrcoef(ranks, rowvar=False)))
    return np.atleast_2d(found)


def _codes(column: NDArray[np.object_]) -> NDArray[np.int64]:
    """The number of each row's category, the commonest first; all rare ones have one."""
    found = pd.factorize(column)[0]
    counts = np.bincount(found)
    places = np.empty(len(counts), dtype=np.int64)
    places[np.argsort(-counts, kind="stable")] = np.arange(len(counts))
    return places[found].clip(max=CATEGORIES)


def _cramer(one: NDArray[np.int64], other: NDArray[np.int64]) -> float:
    """Cramér's V without its bias (Bergsma 2013)."""
    rows, height, width = len(one), int(one.max()) + 1, int(other.max()) + 1
    table = np.bincount(one * width + other, minlength=height * width).reshape(height, width).astype(float)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / rows
    squared = ((table - expected) ** 2 / np.maximum(expected, 1e-12)).sum() / rows
    unbiased = max(0.0, squared - (height - 1) * (width - 1) / (rows - 1))
    least = min(side - (side - 1) ** 2 / (rows - 1) for side in (height, width)) - 1
    return float(np.sqrt(unbiased / least)) if least > 0 else 0.0


def _components(linked: NDArray[np.bool_]) -> list[list[int]]:
    """Positions that are linked, directly or through others."""
    left, found = list(range(len(linked))), []
    while left:
        group = [left.pop(0)]
        for place in group:
            near = [other for other in left if linked[place, other]]
            group += near
            left = [other for other in left if other not in near]
        found.append(sorted(group))
    return found
