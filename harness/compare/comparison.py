"""What a comparison found, for rules to be held against it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from harness.compare.verdicts import lone_change
from harness.core.judge_params import GateRule, Gates
from harness.report.report import BestChange, Change, LostRule, SliceChange


@dataclass(frozen=True)
class Comparison:
    """What rules are held against: changes on all rows and on slices, and whether there is a comparison at all."""

    changes: Sequence[Change]
    slices: Sequence[SliceChange]
    state: str  # the report's base_state
    reason: str = ""  # why there is no comparison
    same_model: bool = False  # the two model files are equal to the last byte
    best: Sequence[BestChange] = ()  # against the best published model
    lost_rules: Sequence[LostRule] = ()  # what the base can judge on its own test rows, and these rows cannot

    def lost(self, part: SliceChange | None, metric: str, kind: str) -> str:
        """Why a limit of a rule can be judged no more, which the base could; empty if that is not so."""
        place = (part.column, part.value) if part else (None, "")
        same = (rule for rule in self.lost_rules if (rule.column, rule.value) == place)
        return next((rule.reason for rule in same if (rule.metric, rule.kind) == (metric, kind)), "")


def with_allowances(gates: Gates, found: Comparison) -> Comparison:
    """Each change with what the gate allows of it, to be drawn."""
    slices = []
    for part in found.slices:
        rules = gates.slices.get(part.column, {})
        slices.append(part.model_copy(update={"changes": [_allowing(change, rules) for change in part.changes]}))
    return replace(found, changes=[_allowing(change, gates.metrics) for change in found.changes], slices=slices)


def _allowing(change: Change, rules: Mapping[str, GateRule]) -> Change:
    rule = rules.get(change.metric)
    allowed = (rule.max_drop if change.better == "higher" else rule.max_rise) if rule else None
    return change.model_copy(update={"allowed": allowed})


def with_values(changes: Sequence[Change], values: Mapping[str, float | None]) -> list[Change]:
    """The changes with the shipped model's values on all test rows; a value without a change stands by itself."""
    known = {change.metric for change in changes}
    judged = [
        change.model_copy(update={"candidate": values.get(change.metric, change.candidate)}) for change in changes
    ]
    return judged + [
        lone_change(name, "higher", "not evaluable", candidate=value)
        for name, value in values.items()
        if name not in known
    ]


def change_of(changes: Sequence[Change], metric: str) -> Change | None:
    """The change of a metric."""
    return next((change for change in changes if change.metric == metric), None)
