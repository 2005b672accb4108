"""Rows as a small design matrix: the model's own expectation of its loss, and where each feature's value lies."""

from collections.abc import Mapping

import numpy as np

from harness.evaluate.bounded_loss import expected_losses
from harness.inference.reference import Bins, Floats, Reference, Spread

COMMON = 0.05  # share of a bin that gets a column of its own
DOMAIN_COLUMNS = 60


def build_design(bins: Mapping[str, Bins], scores: Floats, threshold: float | None, reference: Reference) -> Floats:
    """A matrix (rows, d): ones, the expected loss and its square (of a regression the value's bin), the features."""
    if reference.task == "regression":
        own = _rank(reference.score.number_bins(scores[:, 0]), reference.score)
    else:
        own = expected_losses(scores, threshold, reference.loss, reference.task)
    columns = [np.ones(len(scores)), own, own**2]
    for spread in reference.features:
        if spread.name in bins and spread.kind != "date":
            columns += _columns(bins[spread.name], spread)
    return np.column_stack(columns[: DOMAIN_COLUMNS + 3])


def _columns(found: Bins, spread: Spread) -> list[Floats]:
    missing = [(found == len(spread.shares)).astype(float)] if spread.missing > 0 else []
    if spread.kind == "number":
        return [_rank(found, spread), *missing]
    common = [place for place, share in enumerate(spread.shares) if share >= COMMON][1:]
    return [(found == place).astype(float) for place in common] + missing


def _rank(found: Bins, spread: Spread) -> Floats:
    """Where the bin lies, from −1 to 1; 0 where the value is missing."""
    last = max(len(spread.shares) - 1, 1)
    return np.where(found >= len(spread.shares), 0.0, 2 * found / last - 1)
