"""Whether the rows are as they should be: missing values, unseen categories, refused requests."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv

from harness.inference.reference import Floats

MARGIN_OF_SHARE = 0.02  # by which a share may rise


class Rise(NamedTuple):
    """A share then and now, and how far it certainly rose; all are (...)."""

    before: Floats
    now: Floats
    least: Floats


def rise(before: ArrayLike, units: float, hits: ArrayLike, seen: ArrayLike, level: ArrayLike) -> Rise:
    """A lower bound of the rise of a share, from the bounds of Clopper and Pearson (1934) on either side.

    It fails with probability `level` at most. `before` is a share of `units` independent rows, `hits` of `seen` are
    those of the running model.
    """
    then, rows, found = np.asarray(before, float), np.maximum(np.asarray(seen, float), 1), np.asarray(hits, float)
    old, error = np.round(then * units), np.asarray(level, float) / 2
    highest = np.where(old >= units, 1.0, betaincinv(old + 1, np.maximum(units - old, 1e-9), 1 - error))
    lowest = np.where(found <= 0, 0.0, betaincinv(np.maximum(found, 1e-9), rows - found + 1, error))
    return Rise(then, found / rows, np.maximum(lowest - highest, 0.0))
