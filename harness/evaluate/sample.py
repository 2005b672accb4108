"""Rows with their truth and a model's scores: what everything here measures."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.core.blocks import BLOCK_ROWS
from harness.core.contract import Contract, Task, as_text
from harness.core.errors import ProjectError
from harness.core.memory import GIGABYTE, LIMIT, memory_limit
from harness.core.prepared import PreparedRows, target_values
from harness.evaluate.calibration import calibration_error, calibration_line, debiased_error
from harness.evaluate.formulas import Measure, Measured, Scored, Truth, measures_of
from harness.evaluate.further import FurtherMetric
from harness.evaluate.metrics import KNOWN_METRICS, possible_range
from harness.evaluate.own_metrics import OwnMetric, measure_own
from harness.evaluate.ranking import Weighted
from harness.evaluate.scores import scores_of
from harness.evaluate.units import Units
from harness.inference.predictor import Predictor, decide

PACKAGES_BYTES = 0.4 * GIGABYTE  # what Python and the packages take
ROW_BYTES, OUTPUT_BYTES = 100, 24  # of a row, and for each of its scores: 3.1 GB were measured at 20,000,000 rows
Yardsticks = Mapping[str, OwnMetric | FurtherMetric]


@dataclass(frozen=True)
class Sample:
    """Truth (index of the class, or value) and scores (n, classes) or (n, 1); `own` is what else is measured."""

    task: Task
    y: Truth
    scores: NDArray[np.float64]
    threshold: float | None = None
    own: Yardsticks = field(default_factory=dict)

    def take(self, rows: NDArray[np.bool_] | NDArray[np.int64] | slice) -> "Sample":
        """The sample of some of the rows: a mask (n,), positions (k,) or some in a row."""
        return replace(self, y=self.y[rows], scores=self.scores[rows])

    @cached_property
    def labels(self) -> NDArray[np.int64]:
        """Index (n,) of each row's predicted class."""
        return decide(self.scores, self.threshold)

    def names(self) -> list[str]:
        """Of all metrics: the task's, then further ones and the project's own."""
        return [*KNOWN_METRICS[self.task], *self.own]

    @cached_property
    def called(self) -> dict[str, OwnMetric]:
        """The project's own metrics, which are called once for each resample."""
        return {name: metric for name, metric in self.own.items() if isinstance(metric, OwnMetric)}

    def range_of(self, name: str) -> tuple[float, float]:
        """The least and the largest value that a metric can have; infinite of one of the project's own."""
        return (-np.inf, np.inf) if name in self.called else possible_range(self.task, name)

    def within_range(self, name: str, interval: tuple[float, float]) -> tuple[float, float]:
        """An interval of a metric without what the metric cannot be."""
        least, most = self.range_of(name)
        return max(interval[0], least), min(interval[1], most)

    def values(self, weights: Weighted, wanted: Collection[str] | None = None) -> Measured:
        """Each metric that can be resampled, or those wanted, for weightings (m, n): name → (m,); NaN: undefined."""
        return _values(self._measures, weights, wanted)

    def own_values(self, name: str, weights: Weighted) -> Weighted:
        """One of the project's own metrics for weightings (m, n) of whole numbers, each row repeated so often: (m,)."""
        rows = (np.repeat(np.arange(len(self.y)), row.astype(np.int64)) for row in weights)
        taken = (measure_own({name: self.called[name]}, self.task, self.y[i], self.scores[i])[name] for i in rows)
        return np.fromiter(taken, dtype=float, count=len(weights))

    def estimates(self, wanted: Collection[str] | None = None) -> dict[str, float]:
        """Each metric of all rows, or those wanted; NaN where it is undefined (one class only, say)."""
        if wanted is None:
            return dict(self._estimates)
        found = self._once(wanted)
        return found if set(wanted) <= found.keys() else {name: self._estimates[name] for name in wanted}

    @cached_property
    def _estimates(self) -> dict[str, float]:
        found = self._once(None)
        if self.task != "regression":
            found["expected_calibration_error"] = calibration_error(self.task, self.y, self.scores)
            found["debiased_calibration_error"] = debiased_error(self.task, self.y, self.scores)
        found |= measure_own(self.called, self.task, self.y, self.scores)
        return {name: found[name] for name in self.names()}

    def _once(self, wanted: Collection[str] | None) -> dict[str, float]:
        """Those that can be resampled; what many rows need for it is not kept."""
        measures = self._measures if len(self.y) <= BLOCK_ROWS else self._built(held=False)
        return {name: float(value[0]) for name, value in _values(measures, np.ones((1, len(self.y))), wanted).items()}

    @cached_property
    def _measures(self) -> list[tuple[frozenset[str], Measure]]:
        return self._built(held=True)

    def _built(self, held: bool) -> list[tuple[frozenset[str], Measure]]:
        rows = Scored(self.task, self.y, self.scores, self.labels, held)
        further = {name: metric for name, metric in self.own.items() if isinstance(metric, FurtherMetric)}
        return measures_of(rows) + [
            (frozenset({name}), _alone(name, one.measure(rows))) for name, one in further.items()
        ]


def _values(
    measures: list[tuple[frozenset[str], Measure]], weights: Weighted, wanted: Collection[str] | None
) -> Measured:
    found: Measured = {}
    with np.errstate(divide="ignore", invalid="ignore"):
        for names, measure in measures:
            if wanted is None or not names.isdisjoint(wanted):
                found |= measure(weights)
    return found if wanted is None else {name: found[name] for name in wanted if name in found}


def _alone(name: str, measure: Callable[[Weighted], Weighted]) -> Measure:
    return lambda weights: {name: measure(weights)}


def build_sample(rows: pd.DataFrame | PreparedRows, predictor: Predictor, own: Yardsticks | None = None) -> Sample:
    """The rows' truth beside the model's scores."""
    contract = predictor.contract
    if isinstance(rows, PreparedRows) and len(rows) > BLOCK_ROWS:
        _check_memory(rows, max(1, len(contract.classes)))
    scores = scores_of(rows, predictor).astype(np.float64)
    return Sample(contract.task, target_values(rows, contract), scores, predictor.threshold, own or {})


def _check_memory(rows: PreparedRows, outputs: int) -> None:
    """Raises ProjectError if so many rows do not fit; of fewer than a block the packages take more than the rows."""
    needed, limit = PACKAGES_BYTES + len(rows) * (ROW_BYTES + OUTPUT_BYTES * outputs), memory_limit()
    if needed > limit:
        raise ProjectError(
            f"{rows.path}: evaluating {len(rows):,} test rows needs about {needed / GIGABYTE:.1f} GB of memory, and "
            f"{limit / GIGABYTE:.2g} GB are there ({LIMIT}, or the machine's); nothing was started"
        )


def entities(rows: pd.DataFrame | PreparedRows, contract: Contract) -> NDArray[np.int64] | None:
    """Index (n,) of each row's group; None if no group is declared."""
    return pd.factorize(rows[contract.group].map(as_text))[0].astype(np.int64) if contract.group else None


def defined(values: Mapping[str, float]) -> dict[str, float]:
    """Without the metrics that these rows do not define (NaN is no JSON)."""
    return {name: value for name, value in values.items() if np.isfinite(value)}


def line_values(sample: Sample) -> dict[str, float]:
    """Slope and intercept of a binary model's calibration, where there is one."""
    if sample.task != "binary":
        return {}
    line = calibration_line(sample.y, sample.scores, Units(len(sample.y)))
    return {item.metric: item.value for item in line if item.value is not None}
