"""Kinds of values that a command's options take."""

from argparse import ArgumentTypeError


def flag(value: str) -> bool:
    """`1`, or nothing or `0`: as make's APPEND=1."""
    if value not in {"", "0", "1"}:
        raise ArgumentTypeError(f"must be 1 or 0, got {value!r}")
    return value == "1"


def positive(value: str) -> int:
    """A whole number from 1 on."""
    if not value.isdigit() or int(value) < 1:
        raise ArgumentTypeError(f"must be a whole number ≥ 1, got {value!r}")
    return int(value)
