"""The contract: what a row of data is. Made from the schema, carried by the model file, kept by the service."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

Task = Literal["binary", "multiclass", "regression"]
Role = Literal["numeric", "categorical"]
ColumnType = Literal["integer", "number", "string", "boolean", "date", "time"]
Label = bool | int | float | str
UNSET = (("free", False), ("timed", False), ("rare", False))
FEW_ROWS = 10  # of a value of an open set: with fewer it may be a person, and nothing that is published names it
EXACT = 2**53 - 1  # the largest whole number that no reader of JSON takes for another


@dataclass(frozen=True)
class Feature:
    """One column of a request; the bounds have pandera's and pydantic's names."""

    name: str
    type: ColumnType
    role: Role
    nullable: bool
    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None
    isin: tuple[Label, ...] | None = None
    free: bool = False  # a text whose words count, not a category; its role is categorical all the same
    timed: bool = False  # a date whose time of day counts too
    rare: bool = False  # of an open set: values of few rows count by themselves, and the published files name them

    def to_text(self, value: object) -> str:
        """What the model takes for a value of a text or a category."""
        return as_text(value).lower() if self.free else as_text(value)


@dataclass(frozen=True)
class Contract:
    """The declared columns by role, and the classes: binary as (negative, positive), empty for regression."""

    task: Task
    target: str
    classes: tuple[Label, ...]
    features: tuple[Feature, ...]
    id: str | None = None
    group: str | None = None
    time: str | None = None
    slices: tuple[str, ...] = ()
    derived: tuple[Feature, ...] = ()  # what src/features.py makes of the features; no request holds them
    personal: tuple[str, ...] = ()  # columns that say who somebody is: no log holds them as they are

    def names(self, role: Role) -> list[str]:
        """Names of the features of one role, in the order in which the model takes them."""
        return [feature.name for feature in self.features if feature.role == role]

    def dates(self) -> list[str]:
        """Names of the features that are dates; they have the role numeric."""
        return [feature.name for feature in self.features if feature.type == "date"]

    def timed(self) -> list[str]:
        """Names of the dates whose time of day counts."""
        return [feature.name for feature in self.features if feature.timed]

    def columns(self, role: Role) -> list[str]:
        """What the columns of one of the model's two inputs hold: the features, and then the times of day of dates.

        Days and seconds are apart, because float32 holds either and not both.
        """
        return [*self.names(role), *(self.clocks() if role == "numeric" else ())]

    def clocks(self) -> dict[str, str]:
        """Columns that hold the time of day of a date → the date's name."""
        return {f"{name}: time of day": name for name in self.timed()}

    def widened(self) -> "Contract":
        """The contract of what the estimator sees: the derived columns are features too, after the raw ones."""
        return replace(self, features=self.features + self.derived, derived=())

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` reads back; what is not set is left out."""
        value = asdict(self)
        for key in ("features", "derived"):
            value[key] = [_set(feature) for feature in value[key]]
        return {key: item for key, item in value.items() if key not in {"derived", "personal"} or item}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Contract":
        """Raises KeyError, TypeError or ValueError if this is not a contract."""
        read = {key: tuple(Feature(**_tuples(one)) for one in value.get(key, ())) for key in ("features", "derived")}
        return cls(**{**_tuples(value), "features": value["features"], **read})


def _set(feature: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in feature.items() if value is not None and (key, value) not in UNSET}


def _tuples(value: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(item) if isinstance(item, list) else item for key, item in value.items()}


def as_text(value: object) -> str:
    """The canonical text of a category or an id: 1, 1.0 and "1" are the same; missing is the empty text."""
    kind = type(value).__name__  # pandas' NA and numpy's bool are known by name: this module needs neither package
    if isinstance(value, str):
        return value
    if value is None or kind == "NAType" or value != value:  # noqa: PLR0124  (NaN alone is not itself)
        return ""
    if kind == "bool":
        return "true" if value else "false"
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return str(int(value))
    return str(value)
