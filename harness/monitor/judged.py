"""Rows with their truth, of cohorts that are closed: what those who bet are given, and what the metrics are made of."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.core.contract import Contract, as_text
from harness.evaluate.bootstrap import intervals
from harness.evaluate.bounded_loss import bounded_losses, unit_means
from harness.evaluate.metrics import KNOWN_METRICS
from harness.evaluate.sample import Sample
from harness.evaluate.units import Units
from harness.inference.reference import Floats, Reference, Risk
from harness.monitor.findings import LiveMetric
from harness.monitor.judge import purse_key, wager
from harness.monitor.observed import Batch, Moments, joined
from harness.monitor.state import Purse
from harness.monitor.truth import REQUEST, Labels

RESAMPLES, FEWEST_RESAMPLES = 1000, 200
RESAMPLED = 20_000_000  # rows in all resamples together, about


@dataclass
class Judged:
    """The rows of the cohorts that this look closes, and how many of them have a label.

    A row is one unit of evidence by its key (request, or id): if a key was answered several times, the first answer
    counts. What is closed ends with the newest row that is judged, and before `latest`: younger rows may still get
    their labels.
    """

    truth: Labels
    group: str | None  # the declared column, if any
    since: np.datetime64 | None  # rows up to this moment were judged before
    latest: np.datetime64
    before: int = 0  # rows that were judged before
    matched: int = 0
    ungrouped: int = 0  # labelled rows whose group nobody knows: they are not judged
    parts: list[tuple[Batch, Floats, NDArray[np.int64]]] = field(default_factory=list)
    times: list[Moments] = field(default_factory=list)  # of all rows that may be closed
    untimed: int = 0

    def __post_init__(self) -> None:
        self._old = np.zeros(len(self.truth.values), bool)  # labels of rows that are closed already

    @property
    def until(self) -> np.datetime64 | None:
        """Rows up to this moment are judged now, or were."""
        times = self.rows[0].times if self.rows else None
        return self.since if times is None else times.max()

    @property
    def closed(self) -> int:
        """Rows that are judged now, had they a label or not."""
        until = self.until
        return self.untimed + sum(int((times <= until).sum()) for times in self.times if until is not None)

    @property
    def labelled(self) -> int:
        """Rows that are judged now."""
        return len(self.rows[1]) if self.rows else 0

    @property
    def repeated(self) -> int:
        """Answers that are left out, for their key was answered before."""
        return sum(len(y) for _, y, _ in self.parts) - self.labelled

    @property
    def late(self) -> int:
        """Labels that came after their rows were closed."""
        return max(int(self._old.sum()) - self.before, 0)

    def add(self, batch: Batch) -> None:
        """Keep the rows of a batch that are closed and labelled."""
        keys = batch.keys if self.truth.key == REQUEST else batch.ids
        if keys is None:
            return
        places = self.truth.places(keys)
        fresh, labelled = np.ones(len(places), bool), places >= 0
        self.matched += int(labelled.sum())
        if batch.times is None:
            self.untimed += len(places)
        else:
            before = batch.times <= self.since if self.since is not None else np.zeros(len(places), bool)
            self._old[places[before & labelled]] = True
            fresh = ~before & (batch.times <= self.latest)
            self.times.append(batch.times[fresh])
        kept = fresh & labelled
        if kept.any():
            rows, places = batch.take(kept), places[kept]
            y = np.asarray(self.truth.values, dtype=np.float64)[places]
            if self.group in self.truth.rows:
                rows = replace(rows, groups=self.truth.rows[self.group].map(as_text).to_numpy(object)[places])
            if self.group and rows.groups is None:
                self.ungrouped += len(places)
            else:
                self.parts.append((rows, y, places))

    def notices(self) -> list[str]:
        """What was left out, a line each."""
        key = self.truth.key
        found = [] if self.matched else [f"no label belongs to a row of the log (matched by {key})"]
        if self.ungrouped:
            found.append(f"{self.ungrouped} labelled rows are not judged: nobody knows their {self.group}")
        repeated = f"{self.repeated} labelled rows repeat a {key} that was answered before; its first answer counts"
        return found + [repeated] * (self.repeated > 0)

    @cached_property
    def rows(self) -> tuple[Batch, Floats] | None:
        """All of them in the order in which they came, each key once, after the last `add`; None if none."""
        if not self.parts:
            return None
        batches, truths, found = zip(*self.parts, strict=True)
        whole, y, places = joined(batches), np.concatenate(truths), np.concatenate(found)
        order = np.arange(len(y)) if whole.times is None else np.argsort(whole.times, kind="stable")
        first = np.sort(np.unique(places[order], return_index=True)[1])
        kept = order[first]
        kept = kept[~self._old[places[kept]]]
        return (whole.take(kept), y[kept]) if len(kept) else None


def to_sample(batch: Batch, y: Floats, threshold: float | None, contract: Contract) -> Sample:
    """The rows as the metrics take them."""
    truth = y if contract.task == "regression" else y.astype(np.int64)
    return Sample(contract.task, truth, batch.scores, threshold)


def wager_all(
    purses: dict[str, Purse], batch: Batch, sample: Sample, reference: Reference, look: int, known: set[str]
) -> list[str]:
    """Let all bet, in place; the hashes of the groups that were bet on. A group that was bet on before is left out."""
    losses = bounded_losses(sample, reference.loss)
    groups, fresh, hashes = _groups(batch, known)
    for risk in reference.risks:
        inside = fresh & _inside(batch, risk)
        if inside.any():
            units = unit_means(losses[inside], None if groups is None else groups[inside])
            purses[purse_key(risk)] = wager(purses[purse_key(risk)], units, look)
    return hashes


def _inside(batch: Batch, risk: Risk) -> NDArray[np.bool_]:
    if risk.column is None:
        return np.ones(len(batch.scores), bool)
    if risk.column not in batch.columns:
        return np.zeros(len(batch.scores), bool)
    places, values = pd.factorize(batch.columns[risk.column])
    return np.array([*(as_text(value) == risk.value for value in values), risk.value == ""], bool)[places]


def _groups(batch: Batch, known: set[str]) -> tuple[NDArray[np.int64] | None, NDArray[np.bool_], list[str]]:
    if batch.groups is None:
        return None, np.ones(len(batch.scores), bool), []
    names, places = np.unique(batch.groups.astype(str), return_inverse=True)
    hashes = np.array([sha256(name.encode()).hexdigest()[:16] for name in names.tolist()], dtype=object)
    new = np.array([one not in known for one in hashes], bool)
    return places.astype(np.int64), new[places], hashes[new].tolist()


def measure(sample: Sample, batch: Batch, test: dict[str, float], seed: int = 0) -> list[LiveMetric]:
    """The report's metrics of the rows, with intervals where they are honest, beside the test's."""
    groups = _groups(batch, set())[0]
    resamples = min(max(RESAMPLED // max(len(sample.y), 1), FEWEST_RESAMPLES), RESAMPLES)
    bounds = intervals(sample, resamples, seed, Units(len(sample.y), groups)) if len(sample.y) > 1 else {}
    values = sample.estimates()
    found = []
    for name in KNOWN_METRICS[sample.task]:
        low, high = bounds.get(name, (None, None))
        now = float(values[name]) if np.isfinite(values[name]) else None
        found.append(LiveMetric(metric=name, test=test.get(name), now=now, low=low, high=high))
    return found
