"""What is wrong with rows: by rule, the first of them and how many more; that of several parts is put together."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pandas as pd

from harness.core.errors import ProjectError
from harness.data.roles import SCHEMA

Scalar = str | float | datetime | None
Rank = tuple[int, ...]  # where the lines of a rule stand
MOST_SHOWN = 20  # violations of one check that are printed


@dataclass
class Broken:
    """A rule, the first rows that break it, by number, and how many do."""

    column: str
    must: str
    rows: list[tuple[object, Scalar]]
    count: int


@dataclass
class Violations:
    """The broken rules, and what fails as a whole."""

    rules: dict[Rank, Broken] = field(default_factory=dict)
    whole: dict[str, None] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.rules or self.whole)

    def add(
        self, rank: Rank, column: str, must: str, rows: Iterable[tuple[object, Scalar]], count: int | None = None
    ) -> None:
        """Rows that break a rule, in order; `count` of them, where not all are given."""
        rows = list(rows)
        if rows:
            self._add(rank, Broken(column, must, rows[:MOST_SHOWN], len(rows) if count is None else count))

    def update(self, others: "Violations") -> None:
        """Those of rows that come later."""
        for rank, broken in others.rules.items():
            self._add(rank, broken)
        self.whole |= others.whole

    def refuse(self, source: Path) -> None:
        """Raises ProjectError if there are any."""
        rules = [self.rules[rank] for rank in sorted(self.rules)]
        lines = [line for rule in rules for line in _lines(source, rule)]
        lines += [f"{source}: {said}" for said in self.whole]
        if lines:
            end = f"{source}: does not meet {SCHEMA}; correct the rows or the schema; nothing was written"
            raise ProjectError("\n".join([*lines, end]))

    def _add(self, rank: Rank, broken: Broken) -> None:
        known = self.rules.setdefault(rank, Broken(broken.column, broken.must, [], 0))
        known.rows = (known.rows + broken.rows)[:MOST_SHOWN]
        known.count += broken.count


def violation_lines(
    source: Path, column: str, must: str, rows: Iterable[tuple[object, Scalar]], shown: int = MOST_SHOWN
) -> Iterator[str]:
    """A line for each of the first rows that break one rule, and one for the number of the others."""
    rows = list(rows)
    for row, value in rows[:shown]:
        got = "" if pd.isna(value) else f", got {value!r}"
        yield f"{source}: row {row}: {column} must be {must}{got}"
    if len(rows) > shown:
        yield f"{source}: {column} must be {must}: {len(rows) - shown} more rows"


def _lines(source: Path, broken: Broken) -> Iterator[str]:
    yield from violation_lines(source, broken.column, broken.must, broken.rows)
    if broken.count > len(broken.rows):
        yield f"{source}: {broken.column} must be {broken.must}: {broken.count - len(broken.rows)} more rows"
