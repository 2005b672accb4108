"""Groups of test rows that are measured by themselves."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.core.contract import Contract, Label
from harness.core.judge_params import EvaluateParams
from harness.core.prepared import PreparedRows
from harness.evaluate.sample import Sample
from harness.evaluate.units import more_needed


@dataclass(frozen=True)
class Slice:
    """The rows in which a column has one value (None: where it is missing)."""

    column: str
    value: Label | None
    inside: NDArray[np.bool_]


def slices_of(rows: pd.DataFrame | PreparedRows, contract: Contract) -> list[Slice]:
    """A slice for each value of each slice column, and one for where it is missing."""
    found = []
    for column in contract.slices:
        values = rows[column]
        for value in sorted(values.dropna().unique().tolist()):
            found.append(Slice(column, value, (values == value).fillna(False).to_numpy(dtype=bool)))
        if values.isna().any():
            found.append(Slice(column, None, values.isna().to_numpy(dtype=bool)))
    return found


def why_not_evaluable(sample: Sample, params: EvaluateParams) -> str | None:
    """Why a slice's rows are too few or too alike to be measured; None if they are not."""
    if len(sample.y) < params.min_slice_rows:
        missing = more_needed(params.min_slice_rows, len(sample.y))
        return f"{len(sample.y)} rows, {missing} (evaluate.min_slice_rows: {params.min_slice_rows})"
    if sample.task != "regression" and len(np.unique(sample.y)) < 2:
        return "one class only"
    return None
