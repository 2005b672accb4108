"""The gate: rules from params.yaml, held against a comparison. What cannot be judged does not pass in silence."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.core.errors import ProjectError
from harness.core.loader import load_hook
from harness.core.params import GateRule, Gates
from harness.report.report import Change, Report, Rule, RuleState, SliceChange

RULES_FILE = Path("src/rules.py")
LIMIT_SIGNS = {"max_drop": -1, "max_rise": 1}


def judge(
    gates: Gates, changes: Sequence[Change], slices: Sequence[SliceChange], state: str, reason: str
) -> list[Rule]:
    """Every rule's outcome. `state` is the report's base_state; `reason` says why there is no comparison."""
    outcomes = [
        outcome
        for metric, rule in gates.metrics.items()
        for outcome in _judge(metric, rule, _named(changes, metric), None, state, reason)
    ]
    for column, rules in gates.slices.items():
        for metric, rule in rules.items():
            parts = [part for part in slices if part.column == column]
            for part in parts:
                name = f"{metric} of {column} = {part.value}"
                outcomes += _judge(name, rule, _named(part.changes, metric), part, state, reason)
            if not parts:
                outcomes.append(Rule(rule=f"{metric} of {column}", value=None, state="fail", reason="no such slice"))
    if state in {"failed", "not comparable"}:
        outcomes.append(Rule(rule="comparable with the base", value=None, state="fail", reason=reason))
    return outcomes


def judge_by_own_rules(report: Report, folder: Path) -> Report:
    """The report with the rules of a project's src/rules.py judged too; a base from before there were any has none.

    A base's file runs on this version of the harness. A file that fails is a rule that failed.
    """
    path = folder / RULES_FILE
    if not path.exists():
        return report
    try:
        found = load_hook("rules", "rules", folder)(report)
        if not isinstance(found, list) or not all(isinstance(rule, Rule) for rule in found):
            raise ProjectError(f"{RULES_FILE}: rules must return a list of Rule, got {found!r:.200}")
    except Exception as error:  # whatever a project's own function may raise
        reason = str(error) if isinstance(error, ProjectError) else f"{type(error).__name__}: {error}"
        found = [Rule(rule=str(RULES_FILE), value=None, state="fail", reason=reason[:2000])]
    gate = [*report.gate, *found]
    return report.model_copy(update={"gate": gate, "gate_passed": passed(gate) or report.overridden_by is not None})


def passed(rules: Sequence[Rule]) -> bool:
    """Whether no rule failed."""
    return all(rule.state != "fail" for rule in rules)


def _named(changes: Sequence[Change], metric: str) -> Change | None:
    return next((change for change in changes if change.metric == metric), None)


def _judge(
    name: str, rule: GateRule, change: Change | None, part: SliceChange | None, state: str, reason: str
) -> Iterator[Rule]:
    # A slice may be too small to judge; the metric of all rows may not.
    unknown: RuleState = "fail" if part is None else "not evaluable"
    value = change.candidate if change else None
    for limit, sign, word in ((rule.min, 1, "≥"), (rule.max, -1, "≤")):
        if limit is None:
            continue
        title = f"{name} {word} {limit:g}"
        if value is None:
            why = (part.not_evaluable if part else None) or "undefined on these rows"
            yield Rule(rule=title, value=None, state=unknown, reason=why)
        else:
            yield Rule(rule=title, value=value, state="pass" if sign * (value - limit) >= 0 else "fail", reason="")
    for word, sign in LIMIT_SIGNS.items():
        allowed = getattr(rule, word)
        if allowed is not None:
            yield _judge_change(f"{name} {word} {allowed:g}", sign, allowed, change, unknown, state, reason)


def _judge_change(
    title: str, sign: int, allowed: float, change: Change | None, unknown: RuleState, state: str, reason: str
) -> Rule:
    """Fails if the change exceeds the allowance and its interval lies wholly on the bad side."""
    if state == "first run":
        return Rule(rule=title, value=None, state="not evaluable", reason="no base to compare with yet")
    if state != "compared":
        return Rule(rule=title, value=None, state="fail", reason=reason)
    if change is None or change.change is None:
        return Rule(rule=title, value=None, state=unknown, reason="undefined on these rows")
    if change.low is None or change.high is None:
        return Rule(rule=title, value=change.change, state=unknown, reason="too few rows for an interval")
    wholly_bad = change.high < 0 if sign < 0 else change.low > 0
    exceeds = sign * change.change > allowed
    why = "" if not exceeds or wholly_bad else "exceeds the allowance, but may be chance"
    return Rule(rule=title, value=change.change, state="fail" if wholly_bad and exceeds else "pass", reason=why)
