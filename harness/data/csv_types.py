"""The type of each column of a CSV file that is read some rows at a time: the one that all of its rows suggest."""

from collections.abc import Iterable
from typing import Literal

import pandas as pd

SuggestedKind = Literal["empty", "whole", "number", "truth", "truth with gaps", "text"]
GAPPED_TRUTH = "truth with gaps"  # pandas takes no such type; it finds them by itself
WHOLE_FILE: dict[frozenset[SuggestedKind], str] = {  # as pandas decides when it sees all rows at once
    frozenset({"empty"}): "float64",
    frozenset({"whole"}): "int64",
    frozenset({"whole", "empty"}): "float64",
    frozenset({"truth"}): "bool",
}


def whole_types(chunks: Iterable[pd.DataFrame]) -> dict[str, str]:
    """Column → the type that it has in the whole file, of the types that each chunk suggests."""
    seen: dict[str, set[SuggestedKind]] = {}
    for chunk in chunks:
        for name, values in chunk.items():
            seen.setdefault(str(name), set()).add(_kind(values))
    return {name: _whole(frozenset(kinds)) for name, kinds in seen.items()}


def _kind(values: pd.Series) -> SuggestedKind:
    if isinstance(values.dtype, pd.StringDtype):
        return "text"
    if values.isna().all():
        return "empty"
    if values.dtype.kind == "O":
        return "truth with gaps" if pd.api.types.infer_dtype(values, skipna=True) == "boolean" else "text"
    kinds: dict[str, SuggestedKind] = {"i": "whole", "f": "number", "b": "truth"}
    return kinds.get(values.dtype.kind, "text")


def _whole(kinds: frozenset[SuggestedKind]) -> str:
    if kinds in WHOLE_FILE:
        return WHOLE_FILE[kinds]
    if kinds <= {"whole", "number", "empty"}:
        return "float64"
    return GAPPED_TRUTH if kinds <= {"truth", "truth with gaps", "empty"} else "object"
