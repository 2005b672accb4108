"""What the running model has seen since the last look: counts of bins, and the designs of some of its rows."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.core.contract import Contract, as_text
from harness.inference.predictor import clock_to_seconds, to_days, to_seconds
from harness.inference.reference import Bins, Floats, Reference, Spread, watched_scores
from harness.monitor.design import build_design

KEPT_DESIGNS = 20_000  # rows whose design is kept for the estimate
Moments = NDArray[np.datetime64]


@dataclass(frozen=True)
class Batch:
    """Rows that were answered: columns as `Predictor.scores` takes them, scores (n, classes) or (n, 1)."""

    columns: dict[str, NDArray[np.generic]]
    scores: Floats
    times: Moments | None = None  # UTC
    keys: NDArray[np.object_] | None = None  # by which truth comes back
    groups: NDArray[np.object_] | None = None
    ids: NDArray[np.object_] | None = None  # the caller's own, where one is declared

    def take(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> "Batch":
        """Some of the rows, or all in another order: a mask (n,) or positions (k,)."""
        columns = {name: values[rows] for name, values in self.columns.items()}
        times = None if self.times is None else self.times[rows]
        keys, groups, ids = (None if part is None else part[rows] for part in (self.keys, self.groups, self.ids))
        return Batch(columns, self.scores[rows], times, keys, groups, ids)


@dataclass
class Observed:
    """Counts that grow batch by batch; of the rows themselves at most KEPT_DESIGNS designs are held."""

    reference: Reference
    contract: Contract
    threshold: float | None
    rows: int = 0
    group_rows: Counter[str] = field(default_factory=Counter)  # where groups are known
    counts: dict[str, Floats] = field(default_factory=dict)
    designs: list[Floats] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    first: np.datetime64 | None = None
    last: np.datetime64 | None = None
    notices: list[str] = field(default_factory=list)

    def add(self, batch: Batch) -> None:
        """Count a batch."""
        if not len(batch.scores):
            return
        columns = _with_seconds(batch.columns, self.contract)
        spreads = [spread for spread in self.reference.features if spread.name in columns]
        whole = len(spreads) == len(self.reference.features)
        dates = self.contract.dates()
        bins = {spread.name: _bins(columns[spread.name], spread, spread.name in dates) for spread in spreads}
        for spread in spreads:
            self._count(spread.name, np.bincount(bins[spread.name], minlength=len(spread.expected)))
        watched = watched_scores(batch.scores.astype(np.float32), self.reference.task)
        score = self.reference.score
        self._count("", np.bincount(score.number_bins(watched), minlength=len(score.expected)))
        if whole:
            step = max(1, len(batch.scores) // KEPT_DESIGNS + 1)
            thin = {name: found[::step] for name, found in bins.items()}
            self.designs.append(build_design(thin, batch.scores[::step], self.threshold, self.reference))
        self.rows += len(batch.scores)
        if batch.groups is not None:
            self.group_rows.update(batch.groups.tolist())
        if batch.times is not None:
            self.first = min(batch.times.min(), batch.times.max() if self.first is None else self.first)
            self.last = max(batch.times.max(), batch.times.min() if self.last is None else self.last)

    @property
    def worth(self) -> float:
        """How many independent rows a row is worth: by the groups' sizes (Kish 1965), or as many as in the test."""
        sizes = np.array(list(self.group_rows.values()), dtype=float)
        return float(sizes.sum() / (sizes**2).sum()) if len(sizes) else self.reference.units / self.reference.rows

    def design(self) -> Floats | None:
        """Rows spread evenly over all batches (KEPT_DESIGNS at most); None where no features are known."""
        if not self.designs:
            return None
        every = np.concatenate(self.designs)
        return every[:: len(every) // KEPT_DESIGNS + 1]

    def _count(self, name: str, counts: NDArray[np.int64]) -> None:
        self.counts[name] = self.counts.get(name, 0.0) + counts.astype(float)


def _with_seconds(columns: dict[str, NDArray[np.generic]], contract: Contract) -> dict[str, NDArray[np.generic]]:
    """Clock times in seconds, and a column more for the time of day of each date that has one."""
    clocks = [feature.name for feature in contract.features if feature.type == "time" and feature.name in columns]
    dates = {name: date for name, date in contract.clocks().items() if date in columns}
    seconds: dict[str, NDArray[np.generic]] = {name: clock_to_seconds(columns[name]) for name in clocks}
    return {**columns, **seconds, **{name: to_seconds(columns[date]) for name, date in dates.items()}}


def _bins(values: NDArray[np.generic], spread: Spread, dated: bool) -> Bins:
    """As Reference.bins, with each different text looked up once."""
    if spread.kind == "category":
        places, texts = pd.factorize(values)  # -1 is missing, and takes the last
        return spread.text_bins([*map(as_text, texts), ""])[places]
    with np.errstate(over="ignore"):
        return spread.number_bins(np.asarray(to_days(values) if dated else values, dtype=np.float32))


def joined(batches: Sequence[Batch]) -> Batch:
    """All rows of several batches, with what all of them know."""
    names = set.intersection(*(set(batch.columns) for batch in batches))
    parts = []
    for name in ("times", "keys", "groups", "ids"):
        every = [getattr(batch, name) for batch in batches]
        parts.append(None if any(part is None for part in every) else np.concatenate(every))
    columns = {name: np.concatenate([batch.columns[name] for batch in batches]) for name in sorted(names)}
    return Batch(columns, np.concatenate([batch.scores for batch in batches]), *parts)
