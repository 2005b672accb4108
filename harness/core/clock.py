"""Times of day: how a text may write one, and the whole seconds since midnight that a model takes."""

import re

_REST = r":[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?"
# The same to Python, Arrow and pydantic.
CLOCK_TIME = rf"(([01]?[0-9]|2[0-3]){_REST}|(0?[1-9]|1[0-2]){_REST} ?[AaPp][Mm])"
CLOCK_TIMES = "a time of day (13:08, 13:08:30 or 1:08 PM)"
_PARTS = re.compile(r"([0-9]+):([0-9]+)(?::([0-9]+))?(?:\.[0-9]+)? ?([AaPp]?)[Mm]?")
DAY = 86_400  # seconds


def clock_seconds(text: str) -> int:
    """Whole seconds since midnight of a text that has the form of CLOCK_TIME. Raises ValueError if it has not."""
    found = _PARTS.fullmatch(text)
    if found is None:
        raise ValueError(f"no time of day: {text!r}")
    hour, minute, second, half = int(found[1]), int(found[2]), int(found[3] or 0), found[4].lower()
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return (hour * 60 + minute) * 60 + second


def clock_text(seconds: int) -> str:
    """Seconds since midnight as 13:08:30."""
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02}:{minute:02}:{second:02}"
