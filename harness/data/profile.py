"""A picture of the data in numbers: what later data is compared with. No id and no single row is in it.

A column is read in blocks of equally many rows and never held whole. What is exact stays exact (counts, quantiles); a
sum is that of the blocks' sums, so it depends on nothing but the rows and their order.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.core.blocks import BLOCK_ROWS
from harness.core.clock import clock_seconds, clock_text
from harness.core.contract import Contract, as_text
from harness.data.order_statistics import quantiles_linear

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
MOST_CATEGORIES = 100
Numbers = dict[str, object]  # what is known of one column
ColumnBlocks = Callable[[], Iterator[pd.Series]]  # each call gives the column again, BLOCK_ROWS rows at a time


def build_profile(frame: pd.DataFrame, contract: Contract) -> dict[str, object]:
    """Rows, and what `describe_columns` says."""
    return {"rows": len(frame), "columns": describe_columns(frame, contract)}


def describe_columns(frame: pd.DataFrame, contract: Contract) -> dict[str, Numbers]:
    """For each feature and the target: missing values, and range or counts of categories."""
    return {name: measure(blocks_of(frame[name])) for name, measure in measures_of_columns(contract).items()}


def measures_of_columns(contract: Contract) -> dict[str, Callable[[ColumnBlocks], Numbers]]:
    """How the target and each feature are described."""
    numeric = contract.names("numeric") + ([contract.target] if contract.task == "regression" else [])
    measures: dict[str, Callable[[ColumnBlocks], Numbers]] = dict.fromkeys(numeric, _spread_of)
    measures |= dict.fromkeys(contract.dates(), _period)
    measures |= dict.fromkeys((feature.name for feature in contract.features if feature.type == "time"), _times)
    measures |= dict.fromkeys((feature.name for feature in contract.features if feature.free), _lengths)
    names = [contract.target, *(feature.name for feature in contract.features)]
    return {name: measures.get(name, _counts) for name in names}


def describe_derived(column: ColumnBlocks, text: bool) -> Numbers:
    """Describe a derived column: the range of numbers, the counts of texts; the empty text is missing."""
    if not text:
        return _spread_of(column)
    return _counts(lambda: (block.replace("", None) for block in column()))


def blocks_of(values: pd.Series) -> ColumnBlocks:
    """The blocks of a column that is held."""
    return lambda: (values.iloc[start : start + BLOCK_ROWS] for start in range(0, len(values), BLOCK_ROWS))


def _spread_of(column: ColumnBlocks) -> Numbers:
    missing, known, sums = 0, 0, list[float]()
    least, most = math.inf, -math.inf
    for block in column():
        values = _known(block)
        missing += len(block) - len(values)
        if len(values):
            known += len(values)
            sums.append(float(values.sum()))
            least, most = min(least, float(values.min())), max(most, float(values.max()))
    if not known:
        return {"missing": missing}
    mean = math.fsum(sums) / known
    squares = math.fsum(float(((mean - _known(block)) ** 2).sum()) for block in column())
    quantiles = quantiles_linear(lambda: map(_known, column()), known, QUANTILES)
    return {
        "missing": missing,
        "minimum": least,
        "maximum": most,
        "mean": mean,
        "standard_deviation": math.sqrt(squares / known),
        "quantiles": dict(zip(map(str, QUANTILES), quantiles, strict=True)),
    }


def _known(block: pd.Series) -> NDArray[np.float64]:
    return block.dropna().to_numpy(dtype=np.float64)


def _period(column: ColumnBlocks) -> Numbers:
    """Dates as ISO 8601 writes them."""
    days = lambda block: block.dropna().to_numpy(dtype="datetime64[D]").astype(np.int64)  # noqa: E731
    return _places(column, days, lambda day: str(np.datetime64(day, "D")))


def _times(column: ColumnBlocks) -> Numbers:
    """Times of day as 13:08:30."""
    seconds = lambda block: block.dropna().astype("str").map(clock_seconds).to_numpy()  # noqa: E731
    return _places(column, seconds, clock_text)


def _places(
    column: ColumnBlocks, numbers: Callable[[pd.Series], NDArray[np.generic]], shown: Callable[[int], str]
) -> Numbers:
    """Of values that are no numbers but have few different ones: the first, the last and some between."""
    counts, rows = Counter[int](), 0
    for block in column():
        rows += len(block)
        values, times = np.unique(numbers(block), return_counts=True)
        counts.update(dict(zip(values.tolist(), times.tolist(), strict=True)))
    if not counts:
        return {"missing": rows}
    ordered, known = sorted(counts), counts.total()
    ends = np.cumsum([counts[value] for value in ordered])
    return {
        "missing": rows - known,
        "minimum": shown(ordered[0]),
        "maximum": shown(ordered[-1]),
        "quantiles": {
            str(q): shown(ordered[int(np.searchsorted(ends, round(q * (known - 1)), side="right"))]) for q in QUANTILES
        },
    }


def _lengths(column: ColumnBlocks) -> Numbers:
    """Of free texts only their length in characters, because a text may show who wrote it."""
    return _spread_of(lambda: (block.str.len() for block in column()))


def _counts(column: ColumnBlocks) -> Numbers:
    counts, missing = Counter[str](), 0
    for block in column():
        missing += int(block.isna().sum())
        for value, times in block.dropna().value_counts().items():
            counts[as_text(value)] += int(times)
    return {"missing": missing, "categories": len(counts), "counts": most_counted(counts)}


def most_counted(counts: Mapping[str, int]) -> dict[str, int]:
    """The most frequent categories first, and of equally many in alphabetical order."""
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST_CATEGORIES])
