"""Whether src/features.py makes the same of a row alone as of all rows together: the service may be sent one row."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from harness.core.errors import ProjectError
from harness.inference.predictor import Columns
from harness.model.feature_lines import place_over_rows
from harness.model.features import OWN_ROW, Features, FeatureValues

FIRST_ROWS, MOST_COLUMNS = 3, 50  # asked alone: these rows, and the lowest and the highest of so many new columns
CLOSE = 1e-5  # relative: logarithms and the like differ by their last bits from numpy's


def check_own_rows(
    features: Features,
    derive_rows: Callable[[Columns], Mapping[str, FeatureValues]],
    columns: Columns,
    made: Mapping[str, FeatureValues],
) -> None:
    """Raises ProjectError that names line, column and row if a row alone gives another value than in `made`."""
    rows = _asked_alone(made)
    try:
        alone = [derive_rows({name: values[at : at + 1] for name, values in columns.items()}) for at in rows]
    except ProjectError:  # infinite, say, which it is not among the others
        raise ProjectError(f"{place_over_rows(features, '')}: nothing can be made of one row; {OWN_ROW}") from None
    for name, among in made.items():
        single = np.concatenate([each[name] for each in alone])
        for at in np.flatnonzero(differing(single, among[rows]))[:1]:
            both = f"{_shown(among[rows[at]])} among all rows and {_shown(single[at])} alone"
            raise ProjectError(f"{place_over_rows(features, name)}: {name} of row {rows[at] + 1} is {both}; {OWN_ROW}")


def differing(found: FeatureValues, expected: FeatureValues) -> NDArray[np.bool_]:
    """Which values (n,) are not the same: texts as they are, numbers except for their last digits."""
    if expected.dtype.kind == "O":
        return np.asarray(found != expected)
    same: NDArray[np.bool_] = np.isclose(found.astype(float), expected.astype(float), CLOSE, 1e-6, equal_nan=True)
    return ~same


def _asked_alone(made: Mapping[str, FeatureValues]) -> list[int]:
    """The first rows, and each new column's lowest and highest: a share of the highest is 1 in a row alone."""
    rows = set(range(min(FIRST_ROWS, len(next(iter(made.values()), ())))))
    for values in list(made.values())[:MOST_COLUMNS]:
        if values.dtype.kind != "O" and not np.isnan(values).all():
            rows |= {int(np.nanargmin(values)), int(np.nanargmax(values))}
    return sorted(rows)


def _shown(value: object) -> str:
    return repr(value) if isinstance(value, str) else f"{value:.6g}"
