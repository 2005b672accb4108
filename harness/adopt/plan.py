"""What `make adopt` was asked for, and what it decided: plain values, so that one part finds and another one writes."""

from dataclasses import dataclass
from typing import TypedDict

from harness.core.contract import Label, Task
from harness.data.roles import FEATURE_ROLES
from harness.tables.column_format import Form
from harness.tables.date_parts import DateParts


class ValueLimits(TypedDict, total=False):
    """What a column's values may be; the keys have pandera's names."""

    ge: float
    le: float
    isin: list[Label]


NONE = "none"  # in place of an id, a time or a group that the rows do not have


@dataclass(frozen=True)
class Wishes:
    """The options of `make adopt`; empty where it is to find out."""

    target: str
    id: str = ""
    task: str = ""
    positive: str = ""
    time: str = ""
    group: str = ""
    slices: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()  # values, or column:value, that stand for missing; none: there are none


@dataclass(frozen=True)
class Column:
    """One column's line of src/schema.py: live if it has roles, else a comment with the reason."""

    name: str
    form: Form
    type: str  # as Python writes it
    roles: tuple[str, ...]
    limits: ValueLimits
    nullable: bool
    reason: str = ""  # why it is left out, or what is worth knowing
    stored: bool = True  # whether its values come into data/ at all
    offered: str = ""  # the role that it would have, where its type does not tell

    @property
    def is_feature(self) -> bool:
        """Whether the model sees it."""
        return not set(FEATURE_ROLES).isdisjoint(self.roles)


@dataclass(frozen=True)
class Plan:
    """All that was decided."""

    task: Task
    why: str
    positive: Label | None
    rare: float  # share of the rarest class; 1 for regression
    outliers: bool  # of a regression's target
    spread: float  # standard deviation of a regression's target
    columns: tuple[Column, ...]
    notes: tuple[str, ...]
    parts: DateParts | None = None  # of which a moment was put together
    numbered: str = ""  # the id that is added: the number of each row
    hashed: str = ""  # the group that is added: equal rows have the same

    @property
    def features(self) -> list[Column]:
        """The columns that the model sees."""
        return [column for column in self.columns if column.is_feature]

    def named(self, role: str) -> list[str]:
        """Names of the columns of a role."""
        return [column.name for column in self.columns if role in column.roles]
