"""The example row of the service's documents: with HIDE_VALUES=1 it holds each column's type, and no row's value."""

from collections.abc import Mapping

from harness.core.contract import Contract, Feature
from harness.serve.settings import values_are_hidden

NEUTRAL: Mapping[str, object] = {"string": "text", "boolean": False, "date": "2000-01-01", "time": "12:00"}


def shown_row(contract: Contract, row: Mapping[str, object]) -> Mapping[str, object]:
    """The row itself, or a neutral one. Raises ProjectError if HIDE_VALUES is neither 0 nor 1."""
    return {one.name: _neutral(one) for one in contract.features} if values_are_hidden() else row


def _neutral(feature: Feature) -> object:
    """Of a number 0, or a bound that the contract publishes."""
    if feature.type in NEUTRAL:
        return NEUTRAL[feature.type]
    return next((bound for bound in (feature.ge, feature.le) if bound is not None), 0)
