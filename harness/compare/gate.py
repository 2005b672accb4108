"""The gate: rules from params.yaml, held against a comparison. What cannot be judged does not pass in silence."""

from collections.abc import Iterator, Sequence

from harness.compare.comparison import Comparison, change_of
from harness.core.judge_params import GateRule, Gates
from harness.report.gate_outcome import UNSETTLED
from harness.report.numbers import number
from harness.report.report import Change, Rule, RuleState, SliceChange

MOST_RULES = 150  # a report holds 200, and the project's own come on top
SHOWN_GONE = 20  # values of a slice that no row has


def judge(gates: Gates, found: Comparison) -> list[Rule]:
    """Every rule's outcome; where there are too many, that this fails."""
    outcomes = [
        outcome
        for metric, rule in gates.metrics.items()
        for outcome in (
            *_judge(metric, metric, rule, change_of(found.changes, metric), None, found),
            *_judge_best(metric, rule, found),
        )
    ]
    for column, rules in gates.slices.items():
        for metric, rule in rules.items():
            parts = [part for part in found.slices if part.column == column]
            for part in parts:
                name = f"{metric} of {column} = {part.value}"
                outcomes += _judge(name, metric, rule, change_of(part.changes, metric), part, found)
            if not parts:
                outcomes.append(Rule(rule=f"{metric} of {column}", value=None, state="fail", reason="no such slice"))
            else:
                outcomes += _gone(column, metric, parts, found)
    if found.state in {"failed", "not comparable"}:
        outcomes.append(Rule(rule="comparable with the base", value=None, state="fail", reason=found.reason))
    if len(outcomes) > MOST_RULES:
        why = f"{len(outcomes)} rules, but a report holds {MOST_RULES}: name fewer limits, or fewer slices"
        return [Rule(rule="can be judged", value=None, state="fail", reason=why)]
    return outcomes


def _gone(column: str, metric: str, parts: Sequence[SliceChange], found: Comparison) -> list[Rule]:
    """Values of a slice that the base can judge, and that no row here has."""
    values = {part.value for part in parts}
    lost = [one for one in found.lost_rules if (one.column, one.metric) == (column, metric)]
    gone = {one.value: one.reason for one in lost if one.value not in values}
    shown = list(gone.items())[:SHOWN_GONE]
    rules = [Rule(rule=f"{metric} of {column} = {value}", value=None, state="fail", reason=why) for value, why in shown]
    if left := len(gone) - len(shown):
        more = f"{metric} of {left} more values of {column}"
        rules.append(Rule(rule=more, value=None, state="fail", reason="no test row has them any more"))
    return rules


def passed(rules: Sequence[Rule]) -> bool:
    """Whether no rule failed."""
    return all(rule.state != "fail" for rule in rules)


def _judge(
    name: str, metric: str, rule: GateRule, change: Change | None, part: SliceChange | None, found: Comparison
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
            yield _unless_lost(
                Rule(rule=title, value=None, state=unknown, reason=missing), found.lost(part, metric, "value")
            )
        else:
            good, before = sign * (value - limit) >= 0, change.base if change else None
            too = (
                ""
                if good or before is None or sign * (before - limit) >= 0
                else f"the base fails it too: {number(before)}"
            )
            yield Rule(rule=title, value=value, state="pass" if good else "fail", reason=too)
    moved = change.change if change else None
    for word, allowed in (("max_drop", rule.max_drop), ("max_rise", rule.max_rise)):
        if allowed is not None:
            state, why = _judge_change(word, allowed, change, found) or (unknown, (change and change.reason) or missing)
            judged = Rule(rule=f"{name} {word} {allowed:g}", value=moved, state=state, reason=why)
            yield _read_strictly(_unless_lost(judged, found.lost(part, metric, "change")), rule)


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
        judged = Rule(rule=title, value=value, state=state, reason=why)
        lost = found.lost(None, metric, "change" if state == "undecided" else "best")
        yield _read_strictly(_unless_lost(judged, lost), rule)


def _unless_lost(outcome: Rule, lost: str) -> Rule:
    """What the base could judge and this candidate cannot fails: nobody disarms a rule."""
    if not lost or outcome.state not in UNSETTLED:
        return outcome
    told = f"{outcome.reason}; {lost}" if outcome.state == "undecided" else lost
    return outcome.model_copy(update={"state": "fail", "reason": told})


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
    finer = "; the allowance is smaller than these rows can show" if allowed < detectable else ""
    return (
        "undecided",
        f"the true {what} may be up to {number(most)}; these rows catch a {what} of {number(caught)} in 4 of 5 cases"
        f"{finer}",
    )
