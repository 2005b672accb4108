"""The name that somebody probably meant."""

import difflib
from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str], why: str = "") -> str:
    """In brackets, behind a name that is not there: why it should be, and the known name that is nearest, if one is."""
    folded = {one.casefold(): one for one in known}
    near = difflib.get_close_matches(name.casefold(), list(folded), 1)
    said = "; ".join(filter(None, [why, f"did you mean {folded[near[0]]}?" if near else ""]))
    return f" ({said})" if said else ""
