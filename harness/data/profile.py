"""A picture of the data in numbers: what later data is compared with. No id and no single row is in it."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.core.clock import clock_seconds, clock_text
from harness.core.contract import Contract, as_text

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
MOST_CATEGORIES = 100
Numbers = dict[str, object]  # what is known of one column


def build_profile(frame: pd.DataFrame, contract: Contract) -> dict[str, object]:
    """Rows, and what `describe_columns` says."""
    return {"rows": len(frame), "columns": describe_columns(frame, contract)}


def describe_columns(frame: pd.DataFrame, contract: Contract) -> dict[str, object]:
    """For each feature and the target: missing values, and range or counts of categories."""
    numeric = contract.names("numeric") + ([contract.target] if contract.task == "regression" else [])
    measures: dict[str, Callable[[pd.Series], Numbers]] = dict.fromkeys(numeric, _spread_of)
    measures |= dict.fromkeys(contract.dates(), _period)
    measures |= dict.fromkeys((feature.name for feature in contract.features if feature.type == "time"), _times)
    measures |= dict.fromkeys((feature.name for feature in contract.features if feature.free), _lengths)
    names = [contract.target, *(feature.name for feature in contract.features)]
    return {name: measures.get(name, _counts)(frame[name]) for name in names}


def describe(values: NDArray[np.generic]) -> Numbers:
    """Describe a derived column (n,): the range of numbers, the counts of texts; the empty text is missing."""
    if values.dtype.kind != "O":
        return _spread_of(pd.Series(values))
    return _counts(pd.Series(values).replace("", None))


def _spread_of(values: pd.Series) -> Numbers:
    known = values.dropna().astype(float)
    if known.empty:
        return {"missing": len(values)}
    return {
        "missing": int(values.isna().sum()),
        "minimum": float(known.min()),
        "maximum": float(known.max()),
        "mean": float(known.mean()),
        "standard_deviation": float(known.std(ddof=0)),
        "quantiles": dict(zip(map(str, QUANTILES), np.quantile(known, QUANTILES).tolist(), strict=True)),
    }


def _period(dates: pd.Series) -> Numbers:
    """Dates as ISO 8601 writes them."""
    known = np.sort(dates.dropna().to_numpy(dtype="datetime64[D]"))
    return _places(known.astype(str).tolist(), len(dates))


def _times(texts: pd.Series) -> Numbers:
    """Times of day as 13:08:30."""
    known = sorted(clock_seconds(text) for text in texts.dropna().astype("str"))
    return _places([clock_text(seconds) for seconds in known], len(texts))


def _places(known: Sequence[str], rows: int) -> Numbers:
    """Of sorted values that are no numbers: the first, the last and some between."""
    if not known:
        return {"missing": rows}
    return {
        "missing": rows - len(known),
        "minimum": known[0],
        "maximum": known[-1],
        "quantiles": {str(q): known[round(q * (len(known) - 1))] for q in QUANTILES},
    }


def _lengths(texts: pd.Series) -> Numbers:
    """Of free texts only their length in characters, because a text may show who wrote it."""
    return _spread_of(texts.str.len())


def _counts(values: pd.Series) -> Numbers:
    counts = values.dropna().map(as_text).value_counts().to_dict()
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {
        "missing": int(values.isna().sum()),
        "categories": len(counts),
        "counts": dict(ordered[:MOST_CATEGORIES]),
    }
