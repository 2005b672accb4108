"""What a model's answers are widened by, so that they hold the truth as often as was asked for. It needs no numpy."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the process that only starts others must not hold it
    import numpy as np
    from numpy.typing import NDArray

DIGITS = 6  # of a probability: what differs further down is rounding


@dataclass(frozen=True)
class Conformal:
    """Split-conformal prediction (Vovk et al. 2005; Angelopoulos & Bates 2023), of rows like the calibration rows.

    `quantile` is that of the calibration rows' scores: |truth - value| of a regression (Lei et al. 2018), 1 less the
    true class's probability of several classes (Sadinle, Lei & Wasserman 2019). `units` are rows, or groups.
    """

    confidence: float
    quantile: float
    rows: int
    units: int

    def intervals(self, scores: "NDArray[np.floating]") -> "tuple[NDArray[np.float64], NDArray[np.float64]]":
        """Values (n, 1) → the lower ends (n,) and the upper ones."""
        values: NDArray[np.float64] = scores[:, 0].astype("float64")
        return values - self.quantile, values + self.quantile

    def sets(self, scores: "NDArray[np.floating]") -> "NDArray[np.bool_]":
        """Probabilities (n, classes) → which classes are in each row's set; the likeliest always is."""
        inside: NDArray[np.bool_] = (1 - scores.astype("float64")).round(DIGITS) <= round(self.quantile, DIGITS)
        inside[range(len(scores)), scores.argmax(axis=1)] = True
        return inside

    def to_json(self) -> dict[str, object]:
        """A JSON object that `from_json` reads back."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, float]) -> "Conformal":
        """Raises KeyError, TypeError or ValueError if this is not a calibration."""
        return cls(float(value["confidence"]), float(value["quantile"]), int(value["rows"]), int(value["units"]))
