"""What is known between looks: a file that grows by a line a look. Whoever loses or edits it gets no new budget.

Each line holds the hash of the line before it, and the last report that of the last line, so that an edit is seen; what
the guarantee of a model rests on is then void until the next model, which the next line records.
"""

import json
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from harness.core.files import write_bytes
from harness.core.metrics_file import Finite
from harness.inference.reference import ShortText, Stored
from harness.monitor.betting import BETS, LEARNERS, Wealth, begin
from harness.report.report import Count

NO_LINE = "0" * 64
CLOCKS_DIFFER = np.timedelta64(1, "D")  # at most, between two machines
KeptMoment = Annotated[str, Field(pattern=r"^\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d(\.\d{1,6})?Z?$")]
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
    units: Count
    total: Finite  # of the units' losses

    def wealth(self, looks: int) -> Wealth:
        started, learned, means, squares = (_array(x) for x in (self.started, self.learned, self.means, self.squares))
        return Wealth(np.asarray(self.limit), looks, started, learned, means, squares)


class Entry(Stored):
    """One look at one model."""

    version: Literal[1] = 1
    previous: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    model: ShortText
    look: Count
    made: KeptMoment
    seen_until: KeptMoment | None  # of the newest row that was counted
    closed_until: KeptMoment | None  # rows up to this moment have been judged
    rows: Count
    outcome: ShortText
    void: ShortText | None
    purses: list[Purse]
    groups: list[ShortText]  # hashes of the groups that were bet on: a group counts once
    files: dict[ShortText, Count] = Field(default_factory=dict)  # of the log: how many bytes of each were read
    labelled: Count = 0  # rows that were judged
    moved: list[ShortText] = Field(default_factory=list)  # columns whose drift was shown


class WatchState:
    """The entries of a state file, and which lines cannot be relied on. Entries from after `now` are left out."""

    def __init__(self, path: Path, now: np.datetime64 | None = None) -> None:
        self.path = path
        self._text = path.read_bytes() if path.exists() else b""
        self._entries: dict[int, Entry] = {}  # by the number of its line
        self._broken: dict[int, str] = {}
        self._hashes = [NO_LINE]
        for number, line in enumerate(self._text.splitlines(), 1):
            try:
                entry = Entry.model_validate_json(line)
                future = _is_future(entry, now or np.datetime64("now", "us"))
            except ValueError:  # also of a moment that there is not
                self._broken[number] = f"{path}: line {number} is not as make monitor writes it"
            else:
                if future:
                    self._broken[number] = (
                        f"{path}: line {number} is from the future; is the clock of this machine right?"
                    )
                else:
                    self._entries[number] = entry
                if entry.previous != self._hashes[-1]:
                    self._broken[number] = f"{path}: line {number} does not follow the line before it; it was edited"
            self._hashes.append(sha256(line).hexdigest())

    @property
    def last_hash(self) -> str:
        """Of the last line: who remembers it will see that the line was edited."""
        return self._hashes[-1]

    def of(self, model: str) -> list[Entry]:
        """The looks at a model, the oldest first."""
        return [entry for entry in self._entries.values() if entry.model == model]

    def void(self, model: str, known_looks: int = 0, known_hash: str | None = None) -> str | None:
        """Why the guarantee does not hold for a model; None if it does.

        `known_looks` and `known_hash` are what the last report remembers. A broken line matters to the model whose
        first look is before it; if the model has none, it may have been that line.
        """
        own = self.of(model)
        if own and own[-1].void:
            return own[-1].void
        begin = min((number for number, entry in self._entries.items() if entry.model == model), default=None)
        for number, reason in self._broken.items():
            if (number > begin) if begin else (number == len(self._hashes) - 1):
                return reason
        if [entry.look for entry in own] != list(range(len(own))) or len(own) < known_looks:
            return f"{self.path}: {len(own)} of {max(known_looks, len(own))} looks at this model are left"
        if known_hash and known_hash not in self._hashes:
            return f"{self.path}: line {len(self._hashes) - 1} is not what the last look wrote; it was edited"
        return None

    def append(self, entry: Entry) -> None:
        """Add a look; nothing that is there is changed."""
        value = entry.model_copy(update={"previous": self.last_hash}).model_dump(mode="json")
        line = json.dumps(value, allow_nan=False).encode()
        kept = self._text if not self._text or self._text.endswith(b"\n") else self._text + b"\n"
        self._text = kept + line + b"\n"
        write_bytes(self.path, self._text)
        self._hashes.append(sha256(line).hexdigest())
        self._entries[len(self._hashes) - 1] = entry


def _is_future(entry: Entry, now: np.datetime64) -> bool:
    moments = [entry.made, entry.seen_until, entry.closed_until]
    return any(np.datetime64(time.removesuffix("Z")) > now + CLOCKS_DIFFER for time in moments if time)


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
