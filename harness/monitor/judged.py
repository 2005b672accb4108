"""Rows with their truth, of cohorts that are closed: what those who bet are given, and what the metrics are made of."""

from dataclasses import dataclass, field
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

    What is closed ends with the newest row that has a label, and before `latest`: younger rows may still get theirs.
    """

    since: np.datetime64 | None  # rows up to this moment were judged before
    latest: np.datetime64
    late: int = 0
    matched: int = 0
    parts: list[tuple[Batch, Floats]] = field(default_factory=list)
    times: list[Moments] = field(default_factory=list)  # of all rows that may be closed
    untimed: int = 0

    @property
    def until(self) -> np.datetime64 | None:
        """Rows up to this moment are judged now, or were."""
        known = [part.times.max() for part, _ in self.parts if part.times is not None]
        return max(known, default=self.since)

    @property
    def closed(self) -> int:
        """Rows that are judged now, had they a label or not."""
        until = self.until
        return self.untimed + sum(int((times <= until).sum()) for times in self.times if until is not None)

    def add(self, batch: Batch, truth: Labels) -> None:
        """Keep the rows of a batch that are closed and labelled."""
        keys = batch.keys if truth.key == REQUEST else batch.ids
        if keys is None:
            return
        y = truth.of(keys)
        labelled = ~np.isnan(y)
        self.matched += int(labelled.sum())
        if batch.times is None:
            fresh = np.ones(len(y), bool)
            self.untimed += len(y)
        else:
            before = batch.times <= self.since if self.since is not None else np.zeros(len(y), bool)
            fresh = ~before & (batch.times <= self.latest)
            self.late += int((before & labelled).sum())
            self.times.append(batch.times[fresh])
        kept = fresh & labelled
        if kept.any():
            self.parts.append((batch.take(kept), y[kept]))

    def rows(self) -> tuple[Batch, Floats] | None:
        """All of them in the order in which they came; None if there are none."""
        if not self.parts:
            return None
        batches, truths = zip(*self.parts, strict=True)
        whole, y = joined(batches), np.concatenate(truths)
        if whole.times is None:
            return whole, y
        order = np.argsort(whole.times, kind="stable")
        return whole.take(order), y[order]


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
