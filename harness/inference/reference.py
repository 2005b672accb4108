"""reference.json: how the test rows are spread over a few bins a column. The service counts by it; monitoring compares.

Numpy and pydantic alone: the service reads this file.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from harness.core.contract import Contract, Task
from harness.core.errors import ProjectError
from harness.core.metrics_file import Finite
from harness.inference.predictor import Scores, encode

SCORE_LABEL = "(score)"  # of the score's bins, where features have their names
INNER = 10  # bins of the values; with missing and unseen a column has 12
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
ShortText = Annotated[str, StringConstraints(max_length=1000)]
LossKind = Literal["brier", "error", "cost", "absolute"]
Bins = NDArray[np.int64]
Floats = NDArray[np.float64]


class Stored(BaseModel):
    """A piece of the file; unknown keys and silent conversions are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Spread(Stored):
    """One column of the test rows (or the score): its bins and the share of the rows in each.

    Numbers have `edges` (a value that is an edge lies above it); categories have a bin for each of `values`, then one
    for all others, of which `known` are in the test rows. `unseen` is Good and Turing's estimate of the share of rows
    whose category the test rows lack (Good 1953).
    """

    name: ShortText
    kind: Literal["number", "date", "category"]
    edges: Annotated[list[Finite], Field(max_length=INNER)]
    values: Annotated[list[ShortText], Field(max_length=INNER)]
    known: Annotated[list[ShortText], Field(max_length=1000)] | None  # None: too many, or too rare to name
    shares: Annotated[list[Share], Field(max_length=INNER)]
    missing: Share
    unseen: Share

    @property
    def labels(self) -> list[str]:
        """A short name of each bin, in the order of `bins`: the values' own, then missing and unseen."""
        if self.kind == "category":
            own = [*self.values, *(["(others)"] if len(self.shares) > len(self.values) else [])]
        else:
            ends = [f"{edge:.6g}" for edge in self.edges]
            own = [f"{low} to {high}" for low, high in zip(["lowest", *ends], [*ends, "highest"], strict=True)]
        return [*own, "(missing)", "(unseen)"]

    @property
    def expected(self) -> NDArray[np.float64]:
        """The share of the test rows in each bin (bins,); none of them is in the last."""
        return np.array([*self.shares, self.missing, 0.0])

    def number_bins(self, values: NDArray[np.floating]) -> Bins:
        """The bin of each number (n,); NaN is missing."""
        found = np.searchsorted(np.asarray(self.edges), values, side="right")
        return np.where(np.isnan(values), len(self.shares), found)

    def text_bin(self, text: str) -> int:
        """The bin of a category."""
        return self._places.get(text, self._elsewhere)

    def text_bins(self, texts: Sequence[str]) -> Bins:
        """The bin of each category (n,)."""
        places, elsewhere = self._places, self._elsewhere
        return np.array([places.get(text, elsewhere) for text in texts], dtype=np.int64)

    @cached_property
    def _places(self) -> dict[str, int]:
        others = dict.fromkeys(self.known or [], len(self.values))
        return {**others, **{value: place for place, value in enumerate(self.values)}, "": len(self.shares)}

    @cached_property
    def _elsewhere(self) -> int:
        return len(self.values) if self.known is None else len(self.shares) + 1


class Loss(Stored):
    """The bounded loss that is watched: 0 is right, 1 is as wrong as can be (regression: `clip` or more)."""

    kind: LossKind
    clip: Finite | None = None
    false_positive: Finite = 1.0
    false_negative: Finite = 1.0


class Risk(Stored):
    """The mean loss of the test rows, or of one slice of them, and a bound that the true one is below."""

    column: ShortText | None
    value: ShortText | None
    units: Annotated[int, Field(ge=1)]
    mean: Share
    deviation: Finite
    upper: Share


class Reference(Stored):
    """What the model of `model` (its SHA-256) is compared with once it runs."""

    version: Literal[1] = 1
    model: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    task: Task
    rows: Annotated[int, Field(ge=1)]
    units: Annotated[float, Field(ge=1)]  # rows, or as many as dependent rows (of one group) are worth
    features: Annotated[list[Spread], Field(max_length=2000)]
    score: Spread
    loss: Loss
    risks: Annotated[list[Risk], Field(min_length=1, max_length=200)]  # of all rows first

    def bins(self, columns: Mapping[str, object], contract: Contract) -> dict[str, Bins]:
        """The bin of each row in each feature: name → (n,). Columns as `Predictor.scores` takes them."""
        numeric, categorical = encode(columns, contract)  # type: ignore[arg-type]
        numbers, texts = contract.columns("numeric"), contract.names("categorical")
        found: dict[str, Bins] = {}
        for spread in self.features:
            if spread.name in numbers:
                found[spread.name] = spread.number_bins(numeric[:, numbers.index(spread.name)])
            elif spread.name in texts:
                found[spread.name] = spread.text_bins(categorical[:, texts.index(spread.name)].tolist())
        return found


def watched_scores(scores: Scores, task: Task) -> NDArray[np.float64]:
    """What is watched of scores (n, classes) or (n, 1): probability of the positive class, the highest, the value."""
    watched = scores[:, 1] if task == "binary" else scores.max(axis=1)
    return watched.astype(np.float64)


def read_reference(path: Path) -> Reference:
    """Raises ProjectError if the file is missing or is no reference."""
    try:
        return Reference.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise ProjectError(f"{path}: not found; run: make pipeline") from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(map(str, first["loc"])) or "the file"
        raise ProjectError(f"{path}: not a reference: {key}: {first['msg'][:200]}") from None
