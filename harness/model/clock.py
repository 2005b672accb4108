"""Seconds since midnight → what a model can learn from; in whole numbers, so it is exact."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from harness.core.clock import DAY
from harness.model.dates import DateFeatures, Whole

CLOCK_PARTS = ("seconds", "minute")  # where a tree may cut
# What can be weighed and summed: without a gap at midnight. Two waves a day, and two of half a day.
DAY_WAVES = ("noon", "morning", "quarters", "eighths", "minute")
HALF_DAY = DAY // 2


def clock_parts(seconds: Whole, /) -> dict[str, Whole]:
    """CLOCK_PARTS and DAY_WAVES: how far noon and 6:00 are (at most half a day), 6:00 or 18:00 and 3:00 or 15:00.

    The minute is that of the hour. As `date_parts`, it reckons with arrays and with nodes of ONNX.
    """
    shifted = seconds + DAY // 4
    half, shifted_half = seconds - seconds // HALF_DAY * HALF_DAY, seconds + HALF_DAY // 4
    return {
        "seconds": seconds,
        "minute": seconds // 60 - seconds // 3600 * 60,
        "noon": (seconds - HALF_DAY).__abs__(),
        "morning": (shifted - shifted // DAY * DAY - HALF_DAY).__abs__(),
        "quarters": (half - HALF_DAY // 2).__abs__(),
        "eighths": (shifted_half - shifted_half // HALF_DAY * HALF_DAY - HALF_DAY // 2).__abs__(),
    }


class ClockFeatures(DateFeatures):
    """Columns of seconds since midnight → some parts of their times, except for those that never vary in training."""

    reckon = staticmethod(clock_parts)

    def fit(self, X: NDArray[np.float32], y: object = None) -> Self:
        del y
        self.n_features_in_ = X.shape[1]
        found = super()._parts(X)
        varies = np.flatnonzero(np.ptp(found, axis=0)) if len(found) else np.arange(0)
        self.kept_: NDArray[np.int64] = varies.astype(np.int64) if len(varies) else np.zeros(1, np.int64)
        self.medians_ = np.median(found[:, self.kept_], axis=0).astype(np.int64)
        return self

    def _parts(self, X: NDArray[np.float32]) -> NDArray[np.int64]:
        return super()._parts(X)[:, self.kept_]
