"""The chance of any false alarm in a deployed model's life, 5 %, split in advance among tests and looks."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.evaluate.build_reference import BOUND

QUALITY = 0.003
DRIFT = 0.007  # half for the score, half for the columns; what one has shown goes to the other
ESTIMATE = 0.01
LABELLED = 0.03
BETTING = LABELLED - BOUND  # the test risk's own bounds may fail too
TOTAL = QUALITY + DRIFT + ESTIMATE + LABELLED

FIRST_LOOK, PLANNED, LATER = (
    0.25,
    104,
    0.15,
)  # of the first look; looks that share the middle


def share(look: ArrayLike) -> NDArray[np.float64]:
    """The share of a budget that looks (...) 0, 1, 2, … may spend; over all looks, ever, the shares sum to 1."""
    number = np.asarray(look)
    beyond = np.maximum(number - PLANNED, 1)
    middle = (1 - FIRST_LOOK - LATER) / PLANNED
    return np.where(number == 0, FIRST_LOOK, np.where(number <= PLANNED, middle, LATER / (beyond * (beyond + 1.0))))


def left(looks: int) -> float:
    """The share that no look has taken after so many looks."""
    if looks == 0:
        return 1.0
    planned = min(looks - 1, PLANNED)
    beyond = max(looks - 1 - PLANNED, 0)
    return 1 - FIRST_LOOK - planned * (1 - FIRST_LOOK - LATER) / PLANNED - LATER * (1 - 1 / (beyond + 1))
