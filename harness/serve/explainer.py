"""One answer, explained: how it changes when one value is replaced by what the test rows have in its place.

From the model file and reference.json alone. Each bin of the column gives one value, weighted by its share of the test
rows: the same request always gets the same explanation. It is about the model, one column at a time: columns that say
the same hide each other, and no cause is shown.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from harness.core.contract import as_text
from harness.inference.predictor import Encoded, Predictor
from harness.inference.reference import Floats, Reference, Spread
from harness.serve.answer import ColumnChange, Explanation


class Explainer:
    """Explains the answers of one model."""

    def __init__(self, predictor: Predictor, reference: Reference) -> None:
        self._predictor, self._contract = predictor, predictor.contract
        numbers, texts = self._contract.columns("numeric"), self._contract.names("categorical")
        whole = {feature.name for feature in self._contract.features if feature.type in {"integer", "boolean"}}
        self._columns: list[tuple[str, int, int, NDArray[np.object_], Floats]] = []
        for spread in reference.features:
            names, block = (numbers, 0) if spread.name in numbers else (texts, 1)
            if spread.name in names and (spread.edges or spread.kind == "category"):  # of one value all is known
                values, shares = replacements(spread, spread.name in whole)
                self._columns.append((spread.name, block, names.index(spread.name), values, shares))

    def explain(self, encoded: Encoded) -> list[Explanation]:
        """An explanation of each row, as encoded for the model: the score of the class that it gives, or the value."""
        scores = self._predictor.run(*encoded)
        numeric, categorical = encoded
        return [
            self._explain((numeric[row : row + 1], categorical[row : row + 1]), scores[row])
            for row in range(len(scores))
        ]

    def _explain(self, row: Encoded, scores: NDArray[np.float32]) -> Explanation:
        place, of = self._watched(scores)
        found = self._predictor.run(*self._replaced(row))[:, place].astype(np.float64)
        features: list[ColumnChange] = []
        start = 0
        for name, _, _, values, shares in self._columns:
            part = found[start : start + len(values)]
            mean = float(part @ shares)
            spread = float(np.sqrt((part - mean) ** 2 @ shares))
            features.append({"feature": name, "change": mean - float(scores[place]), "spread": spread})
            start += len(values)
        return {"of": of, "score": float(scores[place]), "features": features}

    def _replaced(self, row: Encoded) -> Encoded:
        """The row once for each replacement of each column."""
        count = sum(len(values) for *_, values, _ in self._columns)
        blocks = np.repeat(row[0], count, axis=0), np.repeat(row[1], count, axis=0)
        start = 0
        for _, block, place, values, _ in self._columns:
            blocks[block][start : start + len(values), place] = values
            start += len(values)
        return blocks

    def _watched(self, scores: NDArray[np.float32]) -> tuple[int, str]:
        """Which score is explained: of binary tasks the positive class's, of others the likeliest's, or the value."""
        classes = self._contract.classes
        if not classes:
            return 0, self._contract.target
        place = 1 if self._contract.task == "binary" else int(scores.argmax())
        return place, f"probability of {as_text(classes[place])}"


def replacements(spread: Spread, is_whole: bool) -> tuple[NDArray[np.object_], Floats]:
    """A value of each bin that has any test rows, and its share of them; shares sum to 1."""
    pairs = [(value, share) for value, share in _values(spread, is_whole) if share > 0]
    shares = np.array([share for _, share in pairs])
    return np.array([value for value, _ in pairs], dtype=object), shares / shares.sum()


def _values(spread: Spread, is_whole: bool) -> Iterator[tuple[float | str, float]]:
    """Of an inner bin its middle, of the outer two the end that is known: nothing beyond what was seen."""
    if spread.kind == "category":
        own: list[float | str] = [*spread.values, *(spread.known or [])[:1]]
        yield from zip(own, spread.shares, strict=False)
        yield "", spread.missing
        return
    edges = spread.edges
    below = edges[0] - 1 if is_whole else float(np.nextafter(np.float32(edges[0]), np.float32(-np.inf)))
    middles = [(low + high) / 2 for low, high in pairwise(edges)]
    inner = [float(np.floor(middle)) if is_whole else middle for middle in middles]
    yield from zip([below, *inner, *edges[-1:]], spread.shares, strict=False)
    yield float("nan"), spread.missing
