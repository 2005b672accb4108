"""Which dates have a time of day: their rows say so."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from harness.core.contract import Contract, Feature
from harness.data.profile import blocks_of


def with_times(contract: Contract, frame: pd.DataFrame) -> Contract:
    """The contract in which a date is `timed` if a row of the validated table has it with another time than 0:00."""
    return with_timed(contract, lambda name: blocks_of(frame[name])())


def with_timed(contract: Contract, column: Callable[[str], Iterable[pd.Series]]) -> Contract:
    """The same, of columns in blocks."""

    def seen(feature: Feature) -> Feature:
        if feature.type != "date":
            return feature
        return replace(feature, timed=any(map(_has_times, column(feature.name))))

    return replace(contract, features=tuple(map(seen, contract.features)))


def _has_times(block: pd.Series) -> bool:
    moments = block.dropna().to_numpy(dtype="datetime64[s]")
    return bool(np.any(moments != moments.astype("datetime64[D]")))
