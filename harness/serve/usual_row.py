"""The row with which GET /try begins: in each column what is usual among the test rows."""

from collections.abc import Mapping, Sequence

import numpy as np

from harness.core.contract import Contract, Feature, as_text
from harness.inference.reference import Spread


def usual_row(contract: Contract, golden: Mapping[str, object], spreads: Sequence[Spread]) -> dict[str, object]:
    """Per column the number in the middle or the most frequent category, to four digits; else the golden row's value.

    Golden rows are drawn from all that the contract allows, so that they look strange: an age of 112.
    """
    known = {spread.name: spread for spread in spreads}
    values = {feature.name: _usual(feature, known.get(feature.name)) for feature in contract.features}
    return {name: golden.get(name) if value is None else value for name, value in values.items()}


def _usual(feature: Feature, spread: Spread | None) -> object:
    if spread is None:
        return None
    if spread.kind == "category":
        labels = (True, False) if feature.type == "boolean" else feature.isin or spread.values
        texts = {as_text(label): label for label in labels}
        frequent = spread.values[int(np.argmax(spread.shares[: len(spread.values)]))] if spread.values else None
        return texts.get(frequent) if frequent is not None else None
    if spread.kind != "number" or not spread.edges or feature.isin is not None:
        return None
    place = int(np.searchsorted(np.cumsum(spread.shares), 0.5 * sum(spread.shares)))  # the bin with the median in it
    middle = spread.edges[place - 1] if place else feature.ge if feature.ge is not None else spread.edges[0]
    return round(middle) if feature.type == "integer" else float(f"{middle:.4g}")
