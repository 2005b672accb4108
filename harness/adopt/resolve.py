"""The options of `make adopt` in the table's own names."""

from dataclasses import replace
from typing import Any

from harness.adopt.plan import NONE, Wishes
from harness.core.errors import ProjectError
from harness.tables.header import find_column


def resolve(wishes: Wishes, names: tuple[str, ...]) -> Wishes:
    """The wishes with the table's own names. Raises ProjectError if one is no column."""
    found: dict[str, Any] = {}
    for option in ("target", "id", "time", "group"):
        wish = getattr(wishes, option)
        none = option != "target" and wish.casefold() == NONE and wish not in names
        found[option] = NONE if none else find_column(option.upper(), wish, names) if wish else ""
    for option in ("slices", "drop", "keep"):
        found[option] = tuple(find_column(option.upper(), wish, names) for wish in getattr(wishes, option))
    both = [name for name in found["keep"] if name in found["drop"]]
    if both:
        raise ProjectError(f"KEEP={both[0]} and DROP={both[0]}: a column cannot be both taken in and left out")
    return replace(wishes, **found)
