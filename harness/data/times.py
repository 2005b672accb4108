"""Which dates have a time of day: their rows say so."""

from dataclasses import replace

import numpy as np
import pandas as pd

from harness.core.contract import Contract, Feature


def with_times(contract: Contract, frame: pd.DataFrame) -> Contract:
    """The contract in which a date is `timed` if a row of the validated table has it with another time than 0:00."""

    def seen(feature: Feature) -> Feature:
        if feature.type != "date":
            return feature
        moments = frame[feature.name].dropna().to_numpy(dtype="datetime64[s]")
        return replace(feature, timed=bool(np.any(moments != moments.astype("datetime64[D]"))))

    return replace(contract, features=tuple(map(seen, contract.features)))
