"""Two contracts → what kind of version the second one is: whether a client of the first must change anything."""

import math
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from harness.core.contract import Contract, Feature, Label, as_text

Level = Literal["major", "minor", "patch"]
WIDER_TYPES = {("integer", "number"), ("date", "string")}  # the second takes all that the first takes
Bound = tuple[float, bool]  # and whether it is itself outside


class ContractChange(NamedTuple):
    """The level, and a line for each reason."""

    level: Level
    reasons: list[str]


def contract_change(
    old: Contract, new: Contract, was_conformal: bool = False, is_conformal: bool = False
) -> ContractChange:
    """major: a valid request or the reading of an answer could break; minor: more is valid; patch: neither.

    Of a conformal model every answer holds a set or an interval too, which clients may read.
    """
    breaking = [*_answer_changes(old, new), *_request_changes(old, new)]
    more = "prediction_interval" if new.task == "regression" else "prediction_set"
    if was_conformal and not is_conformal:
        breaking.append(f"answers no longer hold {more}")
    if breaking:
        return ContractChange("major", breaking)
    wider = _in_words(old, new) if [*_answer_changes(new, old), *_request_changes(new, old)] else []
    if is_conformal and not was_conformal:
        wider.append(f"answers hold {more} too")
    return ContractChange("minor", wider) if wider else ContractChange("patch", ["a training"])


def _answer_changes(old: Contract, new: Contract) -> Iterator[str]:
    """Why a client that reads the old answers may misread the new ones."""
    if old.task != new.task:
        yield f"the task is {new.task}, was {old.task}"
        return
    before, now = _keys(old.classes), _keys(new.classes)
    for what, labels in (("no longer", before - now), ("new", now - before)):
        if labels:
            yield f"classes {what}: {_listed(label for _, label in labels)}"
    if old.task == "binary" and before == now and old.classes != new.classes:
        yield f"the positive class is {as_text(new.classes[1])}, was {as_text(old.classes[1])}"


def _request_changes(old: Contract, new: Contract) -> Iterator[str]:
    """Why a request that was valid may be refused."""
    before, now = ({feature.name: feature for feature in contract.features} for contract in (old, new))
    for name, feature in before.items():
        if name not in now:
            yield f"column {name} is gone"
        elif reason := _refuses(feature, now[name]):
            yield f"column {name} {reason}"
    for name in now.keys() - before.keys():
        if not now[name].nullable:
            yield f"column {name} is required now"
    if old.id and not new.id:
        yield "ids of rows may not be sent any more"


def _in_words(old: Contract, new: Contract) -> list[str]:
    """What more is valid, where nothing is less."""
    before = {feature.name: feature for feature in old.features}
    added = [feature.name for feature in new.features if feature.name not in before]
    wider = [one.name for one in new.features if one.name in before and _refuses(one, before[one.name])]
    told = [f"column {name} may be given" for name in added] + [f"column {name} takes more" for name in wider]
    told += ["ids of rows may be sent"] if new.id and not old.id else []
    return told or ["more is valid"]


def _refuses(old: Feature, new: Feature) -> str:
    """Why the new column refuses a value that the old one takes; empty if it takes them all."""
    if old.nullable and not new.nullable:
        return "may not be missing any more"
    values = _values(old)
    if values is not None:
        refused = [value for value in values if not _takes(new, value)]
        return f"no longer takes {_listed(refused)}" if refused else ""
    if _values(new) is not None:
        return "takes only listed values"
    if old.type != new.type and (old.type, new.type) not in WIDER_TYPES:
        return f"is of type {new.type}, was of type {old.type}"
    return _narrower(old, new) if old.type in {"integer", "number"} else ""


def _narrower(old: Feature, new: Feature) -> str:
    """Which bound refuses a number that it did not."""
    if _lowest(new) > _lowest(old):
        return f"must be {_bound_text(_lowest(new), 'at least', 'above')} now"
    if _highest(new) > _highest(old):
        value, outside = _highest(new)
        return f"must be {_bound_text((-value, outside), 'at most', 'below')} now"
    return ""


def _values(feature: Feature) -> list[Label] | None:
    """All that a column takes, where that is a list."""
    if feature.isin is None:
        return [False, True] if feature.type == "boolean" else None
    return [value for value in feature.isin if _within(feature, value)]


def _takes(feature: Feature, value: Label) -> bool:
    """Whether a request may hold this value."""
    if feature.isin is not None and _key(value) not in _keys(feature.isin):
        return False
    if isinstance(value, str):
        return feature.type == "string" and (value != "" or feature.nullable or feature.isin is not None)
    if isinstance(value, bool):
        return feature.type == "boolean"
    whole = feature.type == "integer" and float(value).is_integer()
    return (whole or feature.type == "number") and _within(feature, value)


def _within(feature: Feature, value: Label) -> bool:
    if isinstance(value, bool | str):
        return True
    low, high = _lowest(feature), _highest(feature)
    return (value, False) >= low and (-value, False) >= high


def _lowest(feature: Feature) -> Bound:
    """The lower bound; a later one in Python's order refuses more. Of a whole number, the lowest that is valid."""
    bounds = [(bound, outside) for bound, outside in ((feature.ge, False), (feature.gt, True)) if bound is not None]
    return _of_whole(feature, max(bounds, default=(-math.inf, False)))


def _highest(feature: Feature) -> Bound:
    """The upper bound with its sign turned, so that here too a later one refuses more."""
    bounds = [(-bound, outside) for bound, outside in ((feature.le, False), (feature.lt, True)) if bound is not None]
    return _of_whole(feature, max(bounds, default=(-math.inf, False)))


def _of_whole(feature: Feature, bound: Bound) -> Bound:
    value, outside = bound
    if feature.type != "integer" or math.isinf(value):
        return bound
    return (math.floor(value) + 1.0 if outside else float(math.ceil(value))), False


def _bound_text(bound: Bound, inside: str, outside: str) -> str:
    return f"{outside if bound[1] else inside} {as_text(bound[0])}"


def _key(value: Label) -> tuple[str, Label]:
    """As JSON tells values apart: 1 and 1.0 are one number, true and "1" are others."""
    kind = "boolean" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"
    return kind, value


def _keys(values: Iterable[Label]) -> set[tuple[str, Label]]:
    return {_key(value) for value in values}


def _listed(values: Iterable[Label], most: int = 5) -> str:
    names = sorted(as_text(value) or '""' for value in values)
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
