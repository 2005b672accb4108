"""How many rows the noise of a change between two models comes from: of those on which they agree it has none."""

import numpy as np
from numpy.typing import NDArray

from harness.evaluate.areas import area_effects
from harness.evaluate.confusion import row_effects
from harness.evaluate.formulas import SMALLEST_CHANCE
from harness.evaluate.honest import RANKINGS, spread_rows
from harness.evaluate.sample import Sample
from harness.evaluate.units import Units

Losses = NDArray[np.float64]  # (n,)


def differing_rows(name: str, one: Sample, other: Sample, units: Units) -> float:
    """In effect so many rows (groups): (Σ d²)² / Σ d⁴ of what each row adds to the change; inf if unknown.

    Two models may be equal but for one rare category: then the change has the noise of its few rows.
    """
    added = _added(name, one, other)
    if added is None:
        return np.inf
    return min((spread_rows(added, places) for _, places in units.declared()), default=spread_rows(added))


def _added(name: str, one: Sample, other: Sample) -> Losses | None:
    if name in one.called:
        return None
    if one.task == "regression":
        errors = [np.abs(sample.scores[:, 0] - sample.y) for sample in (one, other)]
        changed: Losses = errors[1] ** 2 - errors[0] ** 2 if name in {"rmse", "r2"} else errors[1] - errors[0]
        return changed
    if name in RANKINGS:
        return area_effects(other) - area_effects(one)
    if name in {"log_loss", "brier"}:
        return _loss(name, other) - _loss(name, one)
    before, after = row_effects(name, one), row_effects(name, other)
    if before is None or after is None:
        return None
    added: Losses = after[other.y, other.labels] - before[one.y, one.labels]
    return added


def _loss(name: str, sample: Sample) -> Losses:
    true = sample.scores[np.arange(len(sample.y)), sample.y]
    if name == "log_loss":
        return np.asarray(-np.log(true.clip(SMALLEST_CHANCE, 1.0)))
    return np.asarray((sample.scores**2).sum(axis=1) - 2 * true)
