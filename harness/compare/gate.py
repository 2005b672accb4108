"""The gate: rules from params.yaml, held against a comparison. What cannot be judged does not pass in silence."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.compare.verdicts import lone_change
from harness.core.judge_params import GateRule, Gates
from harness.report.numbers import number
from harness.report.report import BestChange, Change, Rule, RuleState, SliceChange


@dataclass(frozen=True)
class Comparison:
    """What rules are held against: changes on all rows and on slices, and whether there is a comparison at all."""

    changes: Sequence[Change]
    slices: Sequence[SliceChange]
    state: str  # the report's base_state
    reason: str = ""  # why there is no comparison
    same_model: bool = False  # the two model files are equal to the last byte
    best: Sequence[BestChange] = ()  # against the best published model


def judge(gates: Gates, found: Comparison) -> list[Rule]:
    """Every rule's outcome."""
    outcomes = [
        outcome
        for metric, rule in gates.metrics.items()
        for outcome in (
            *_judge(metric, rule, change_of(found.changes, metric), None, found),
            *_judge_best(metric, rule, found),
        )
    ]
    for column, rules in gates.slices.items():
        for metric, rule in rules.items():
            parts = [part for part in found.slices if part.column == column]
            for part in parts:
                name = f"{metric} of {column} = {part.value}"
                outcomes += _judge(name, rule, change_of(part.changes, metric), part, found)
            if not parts:
                outcomes.append(Rule(rule=f"{metric} of {column}", value=None, state="fail", reason="no such slice"))
    if found.state in {"failed", "not comparable"}:
        outcomes.append(Rule(rule="comparable with the base", value=None, state="fail", reason=found.reason))
    return outcomes


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


def passed(rules: Sequence[Rule]) -> bool:
    """Whether no rule failed."""
    return all(rule.state != "fail" for rule in rules)


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


def _judge(
    name: str, rule: GateRule, change: Change | None, part: SliceChange | None, found: Comparison
) -> Iterator[Rule]:
    # A slice may be too small to judge; the metric of all rows may not.
    unknown: RuleState = "fail" if part is None else "not evaluable"
    missing = (part.not_evaluable if part else None) or "undefined on these rows"
    value = change.candidate if change else None
    for limit, sign, word in ((rule.min, 1, "≥"), (rule.max, -1, "≤")):
        if limit is None:
            continue
        title = f"{name} {word} {limit:g}"
        if value is None:
            yield Rule(rule=title, value=None, state=unknown, reason=missing)
        else:
            good, before = sign * (value - limit) >= 0, change.base if change else None
            too = (
                "" if good or before is None or sign * (before - limit) >= 0 else f"the base fails it: {number(before)}"
            )
            yield Rule(rule=title, value=value, state="pass" if good else "fail", reason=too)
    moved = change.change if change else None
    for word, allowed in (("max_drop", rule.max_drop), ("max_rise", rule.max_rise)):
        if allowed is not None:
            state, why = _judge_change(word, allowed, change, found) or (unknown, (change and change.reason) or missing)
            yield _read_strictly(Rule(rule=f"{name} {word} {allowed:g}", value=moved, state=state, reason=why), rule)


def _judge_best(metric: str, rule: GateRule, found: Comparison) -> Iterator[Rule]:
    """The rules against the best published model; where none is at hand nothing can be held against it."""
    held = next((held for held in found.best if held.metric == metric), None)
    change = held.change if held else None
    for word, allowed in rule.allowed_from_best():
        if allowed is None:
            continue
        state: RuleState = "not evaluable"
        why = (held and held.reason) or "no published model is here"
        if found.same_model or (held and held.same_model):
            state, why = "pass", "the model file is the same"
        elif found.state == "first run":
            why = "no published model yet"
        elif held and change and change.low is not None:
            state, why = _judge_interval(word, allowed, change)
            of = f"the best of {held.models} published, {(held.commit or '')[:12]}, has {number(change.base)}"
            why = f"{of}; {why}" if why else of
        elif change:
            why = change.reason
        title = f"{metric} {word}_from_best {allowed:g}"
        value = change.change if change else None
        yield _read_strictly(Rule(rule=title, value=value, state=state, reason=why), rule)


def _read_strictly(outcome: Rule, rule: GateRule) -> Rule:
    """With `strict: true` a rule on a change fails where it is undecided."""
    if outcome.state != "undecided" or not rule.strict:
        return outcome
    return outcome.model_copy(update={"state": "fail", "reason": f"strict: {outcome.reason}"})


def _judge_change(word: str, allowed: float, change: Change | None, found: Comparison) -> tuple[RuleState, str] | None:
    """The state of a rule on a change, and why; None where these rows give no interval."""
    if found.same_model:
        return "pass", "the model file is the same"
    if found.state == "first run":
        return "not evaluable", "no base to compare with yet"
    if found.state != "compared":
        return "fail", "nothing to compare with"
    return _judge_interval(word, allowed, change) if change and change.low is not None else None


def _judge_interval(word: str, allowed: float, change: Change) -> tuple[RuleState, str]:
    """Fails if the change exceeds the allowance and its interval lies wholly on the bad side.

    It passes if the interval's bad end lies within the allowance; otherwise it is undecided, and it is said what drop
    remains possible, and which would be caught in four of five cases.
    """
    moved, low, high, detectable = (
        value or 0.0 for value in (change.change, change.low, change.high, change.detectable)
    )
    what, loss, least, most = ("drop", -moved, -high, -low) if word == "max_drop" else ("rise", moved, low, high)
    if least > 0 and loss > allowed:
        return "fail", ""
    if most <= allowed:
        return "pass", ""
    half = (most - least) / 2
    caught = max(allowed, half) + detectable - half
    finer = "; the allowance is finer than these rows can show" if allowed < detectable else ""
    return (
        "undecided",
        f"a {what} of up to {number(most)} remains possible; one of {number(caught)} is caught in 4 of 5 cases{finer}",
    )
