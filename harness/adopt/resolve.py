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
    _check_conflicts(found)
    return replace(wishes, **found)


def _check_conflicts(found: dict[str, Any]) -> None:
    """Raises ProjectError if two options ask for what one column cannot be."""
    named = {option: {found[option]} - {"", NONE} for option in ("target", "id", "time", "group")}
    named |= {option: set(found[option]) for option in ("slices", "drop", "keep")}
    roles = (
        ("target", "id"),
        ("target", "time"),
        ("target", "group"),
        ("id", "time"),
        ("id", "group"),
        ("time", "group"),
    )
    others = (
        ("target", "slices"),
        ("target", "drop"),
        ("target", "keep"),
        ("keep", "drop"),
        ("slices", "drop"),
        ("id", "drop"),
        ("time", "drop"),
        ("group", "drop"),
    )
    for one, other in (*roles, *others):
        for name in sorted(named[one] & named[other]):
            raise ProjectError(f"{one.upper()}={name} and {other.upper()}={name}: a column cannot be both")
