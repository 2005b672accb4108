"""How numbers are written, in every place where people read them."""

from math import floor, log10


def number(value: float | None) -> str:
    """Four decimals, or five digits of what is large; empty for what there is not. Only 0 is shown as 0."""
    if value is None:
        return ""
    value += 0.0  # no minus before nothing
    decimals = 4 if value == 0 or abs(value) >= 0.00005 else min(12, 1 - floor(log10(abs(value))))
    shown = f"{value:.{decimals}f}" if abs(value) < 10 else f"{value:.5g}"
    return shown.replace("-", "−")


def signed(value: float | None) -> str:
    """A change, with its sign."""
    return "" if value is None else f"{'+' if value > 0 else ''}{number(value)}"


def interval(low: float | None, high: float | None) -> str:
    """The interval of a value."""
    return "" if low is None or high is None else f"{number(low)} … {number(high)}"


def signed_interval(low: float | None, high: float | None) -> str:
    """The interval of a change."""
    return "" if low is None or high is None else f"{signed(low)} … {signed(high)}"
