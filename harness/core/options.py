"""The kinds of values that options accept."""

import math
from argparse import ArgumentParser, ArgumentTypeError


def add_flag(parser: ArgumentParser, name: str, text: str) -> None:
    """An option that is on or off: --append, --append 1, or make's APPEND=1."""
    parser.add_argument(name, type=flag, nargs="?", const=True, default=False, metavar="1", help=text)


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


def not_negative(value: str) -> float:
    """A number from 0 on."""
    try:
        number = float(value)
    except ValueError:
        number = -1
    if not 0 <= number < math.inf:
        raise ArgumentTypeError(f"must be a number ≥ 0, got {value!r}")
    return number
