"""What is known between looks: a file that grows by a line a look. Whoever loses or edits it gets no new budget.

Each line holds the hash of the line before it, so that an edit in the middle is seen; what the guarantee of a model
rests on is then void until the next model, which the next line records.
"""

import json
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, ValidationError

from harness.core.files import write_bytes
from harness.core.metrics_file import Finite
from harness.inference.reference import ShortText, Stored
from harness.monitor.betting import BETS, LEARNERS, Wealth, begin

NO_LINE = "0" * 64
Logarithms = Annotated[list[Finite | None], Field(min_length=len(LEARNERS), max_length=len(LEARNERS))]
LIMIT_CHANGED = "the limit was changed while the model ran (margin, loss or reference)"


class Purse(Stored):
    """The wealth of those who bet on one risk, and what has been bet on."""

    key: ShortText  # all, or column=value
    limit: Finite
    started: Annotated[list[Finite | None], Field(min_length=len(BETS), max_length=len(BETS))]  # None: minus infinity
    learned: Logarithms
    means: Logarithms
    squares: Logarithms
    highest: Finite
    units: int
    total: Finite  # of the units' losses

    def wealth(self, looks: int) -> Wealth:
        started, learned, means, squares = (_array(x) for x in (self.started, self.learned, self.means, self.squares))
        return Wealth(np.asarray(self.limit), looks, started, learned, means, squares)


class Entry(Stored):
    """One look at one model."""

    version: Literal[1] = 1
    previous: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    model: ShortText
    look: int
    made: ShortText
    seen_until: ShortText | None  # rows up to this moment have been counted
    closed_until: ShortText | None  # rows up to this moment have been judged
    rows: int
    outcome: ShortText
    void: ShortText | None
    purses: list[Purse]
    groups: list[ShortText]  # hashes of the groups that were bet on: a group counts once


class WatchState:
    """The entries of a state file, and why it cannot be relied on, if so."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.broken: str | None = None
        self._text = path.read_bytes() if path.exists() else b""
        self._entries: list[Entry] = []
        previous = NO_LINE
        for number, line in enumerate(self._text.splitlines(), 1):
            try:
                entry = Entry.model_validate_json(line)
            except ValidationError:
                self.broken = f"{path}: line {number} is no entry of a state"
            else:
                self._entries.append(entry)
                if entry.previous != previous:
                    self.broken = f"{path}: line {number} does not follow the line before it; it was edited"
            previous = sha256(line).hexdigest()
        self._last = previous

    def of(self, model: str) -> list[Entry]:
        """The looks at a model, the oldest first."""
        return [entry for entry in self._entries if entry.model == model]

    def void(self, model: str, known_looks: int = 0) -> str | None:
        """Why the guarantee does not hold for a model; None if it does. `known_looks`: what somebody else remembers."""
        own = self.of(model)
        if own and own[-1].void:
            return own[-1].void
        if self.broken:
            return self.broken
        if [entry.look for entry in own] != list(range(len(own))) or len(own) < known_looks:
            return f"{self.path}: {len(own)} of {max(known_looks, len(own))} looks at this model are left"
        return None

    def append(self, entry: Entry) -> None:
        """Add a look; nothing that is there is changed."""
        value = entry.model_copy(update={"previous": self._last}).model_dump(mode="json")
        line = json.dumps(value, allow_nan=False).encode()
        kept = self._text if not self._text or self._text.endswith(b"\n") else self._text + b"\n"
        self._text = kept + line + b"\n"
        write_bytes(self.path, self._text)
        self._last = sha256(line).hexdigest()
        self._entries.append(entry)


def purse_of(key: str, wealth: Wealth, highest: float, units: int, total: float) -> Purse:
    return Purse(
        key=key,
        limit=float(wealth.limit),
        started=_list(wealth.started),
        learned=_list(wealth.learned),
        means=_list(wealth.means),
        squares=_list(wealth.squares),
        highest=highest,
        units=units,
        total=total,
    )


def new_purse(key: str, limit: float) -> Purse:
    """A wealth of 1, before any row."""
    return purse_of(key, begin(limit), 1.0, 0, 0.0)


def _array(values: list[float | None]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array([-np.inf if value is None else value for value in values])


def _list(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]
