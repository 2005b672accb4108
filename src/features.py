"""Columns made from columns. What is returned here becomes part of the model file: requests keep the raw columns.

`row["price"]` holds the values of a column: numbers (a missing one is NaN, and no comparison with NaN but != is true),
moments, or texts (a categorical column; a missing one is ""). `xp` has the functions of the array API: log1p, where,
maximum, astype, … A feature looks at each row alone: a mean over the rows is refused.
"""

from typing import Any


def features(xp: Any, row: Any) -> dict[str, Any]:
    """New columns by name: numbers, truth values (0 and 1), durations (in days) or texts."""
    family = row["sibsp"] + row["parch"] + 1
    return {"family": family, "log_fare_each": xp.log1p(row["fare"] / family)}
