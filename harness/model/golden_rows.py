"""Synthetic rows made from the contract alone: no person's data, yet every bound, category and gap is touched."""

from datetime import date
from typing import Any

import numpy as np

from harness.core.clock import DAY, clock_text
from harness.core.contract import Contract, Feature

GOLDEN_ROWS = 20
GOLDEN_TEXTS = (
    "a",
    "Größe: sehr gut!",
    "two words",
    "ÉTÉ 2024 – été",
    "漢字 かな",
    "x " * 300,
    "don't stop",
    "tab\tand\nline",
)
SPREAD = 100.0  # of a number that has no bound on one side
FIRST, LEAP, LAST = date(1960, 1, 1), date(2024, 2, 29), date(2030, 12, 31)  # the middle one is that of the fifth row


def golden_rows(contract: Contract) -> list[dict[str, Any]]:
    """20 valid rows, the same for the same contract: lowest, highest, all that may be missing missing, then mixed."""
    rng = np.random.default_rng(0)
    rows = [{f.name: _value(f, position, rng) for f in contract.features} for position in range(GOLDEN_ROWS)]
    rows[2] = {f.name: None if f.nullable else rows[2][f.name] for f in contract.features}
    return rows


def _value(feature: Feature, position: int, rng: np.random.Generator) -> object:
    share = [0.0, 1.0][position] if position < 2 else float(rng.random())
    if feature.nullable and position > 2 and rng.random() < 0.1:
        return None
    if feature.isin is not None:
        return feature.isin[min(int(share * len(feature.isin)), len(feature.isin) - 1)]
    if feature.type == "boolean":
        return share >= 0.5
    if feature.type == "string":
        return GOLDEN_TEXTS[position % len(GOLDEN_TEXTS)] if feature.free else f"{feature.name} {position}"
    if feature.type in {"date", "time"}:
        return _moment(feature, position, share)
    return _number(feature, share)


def _moment(feature: Feature, position: int, share: float) -> str:
    """A date, a date with a time of day, or a time of day."""
    days = FIRST.toordinal() + int(share * (LAST - FIRST).days)
    day = (LEAP if position == 4 else date.fromordinal(days)).isoformat()
    time = clock_text(int(share * (DAY - 1)))
    if feature.type == "time":
        return time
    return f"{day}T{time}" if feature.timed else day


def _number(feature: Feature, share: float) -> int | float:
    low = feature.ge if feature.ge is not None else feature.gt
    high = feature.le if feature.le is not None else feature.lt
    if low is None:
        low = 0.0 if high is None else high - SPREAD
    if high is None:
        high = low + SPREAD
    # An exclusive bound is kept off by a step into the range.
    step = 1.0 if feature.type == "integer" else (high - low) / 1000
    low += step if feature.gt is not None and feature.ge is None else 0
    high -= step if feature.lt is not None and feature.le is None else 0
    value = low + share * (high - low)
    return int(value) if feature.type == "integer" else round(value, 3)
