"""Days since 1970-01-01 → what a model can learn from: year, month, day, weekday; whole numbers, so it is exact."""

from collections.abc import Sequence
from typing import Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

PARTS = ("days", "year", "month", "day", "weekday", "day_of_year")  # where a tree may cut
# What can be weighed and summed: the year and the day of the year would be nearly collinear with the days.
WAVES = ("days", "winter", "autumn", "weekday", "weekend")
MARCH_0000 = 719_468  # days from 0000-03-01 to 1970-01-01
JANUARY_0001 = 719_162  # days from 0001-01-01 to 1970-01-01


class WholeNumbers(Protocol):
    """What `date_parts` can reckon with: an array of numpy's, or a node of ONNX."""

    def __add__(self, other: Self | int, /) -> Self: ...
    def __sub__(self, other: Self | int, /) -> Self: ...
    def __mul__(self, other: Self | int, /) -> Self: ...
    def __floordiv__(self, other: Self | int, /) -> Self: ...
    def __abs__(self) -> Self: ...


Whole = TypeVar("Whole", bound=WholeNumbers)


def date_parts(days: Whole, /) -> dict[str, Whole]:
    """PARTS and WAVES of dates from 0001-01-01 on.

    The weekday is 0 on Mondays; winter and autumn are the days from early July and from early April, either way.
    H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days: a year that begins in March ends with
    its leap day. Whatever has +, -, *, // and abs can be days (in onnx_converters.py nodes of ONNX); nothing that is
    divided here is below 0, where ONNX rounds otherwise.
    """
    z = days + MARCH_0000
    era = z // 146_097  # of 400 years
    of_era = z - era * 146_097
    year_of_era = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - year_of_era * 365 - year_of_era // 4 + year_of_era // 100
    month = (of_year * 5 + 2) // 153  # 0: March
    next_year = month // 10  # 1: January or February
    year = year_of_era + era * 400 + next_year
    before = year - 1  # whole years since 0001-01-01
    weekday = z + 2 - (z + 2) // 7 * 7
    day_of_year = days + (JANUARY_0001 + 1) - before * 365 - before // 4 + before // 100 - before // 400
    since_october = day_of_year + 91 - (day_of_year + 91) // 366 * 366
    return {
        "days": days,
        "year": year,
        "month": month + 3 - next_year * 12,
        "day": of_year - (month * 153 + 2) // 5 + 1,
        "weekday": weekday,
        "weekend": weekday // 5,
        "day_of_year": day_of_year,
        "winter": (day_of_year - 183).__abs__(),
        "autumn": (since_october - 183).__abs__(),
    }


class DateFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Columns of days → some parts of their dates, each as the difference from its median in the training rows.

    A scaler's mean is rounded to float32 in the model file: of a year, or of days since 1970, it would lose digits.
    """

    reckon = staticmethod(date_parts)

    def __init__(self, parts: Sequence[str] = PARTS) -> None:
        self.parts = parts

    def fit(self, X: NDArray[np.float32], y: object = None) -> Self:
        del y
        self.n_features_in_ = X.shape[1]
        self.medians_: NDArray[np.int64] = np.median(self._parts(X), axis=0).astype(np.int64)
        return self

    def transform(self, X: NDArray[np.float32]) -> NDArray[np.float32]:
        """Days (n, columns) to (n, columns x parts): the first part of each column, then the second of each, …"""
        return (self._parts(X) - self.medians_).astype(np.float32)

    def _parts(self, X: NDArray[np.float32]) -> NDArray[np.int64]:
        days = np.floor(np.asarray(X)).astype(np.int64)  # a median, as it fills gaps, may lie between two days
        found = self.reckon(days)
        return np.concatenate([found[name] for name in self.parts], axis=1)
