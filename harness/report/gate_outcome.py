"""How the gate came out, in the words that the terminal, the headline, `make gate` and GitHub's status share."""

import re
from collections.abc import Sequence

from harness.report.numbers import number, signed
from harness.report.report import Report, Rule, RuleState

ON_A_CHANGE = re.compile(r" max_(drop|rise)(_from_best)? [\d.e+-]+$")
UNSETTLED: tuple[RuleState, ...] = ("undecided", "not evaluable")


def gate_outcome(rules: Sequence[Rule]) -> str:
    """Whether it failed or holds; where no rule could judge anything it does neither."""
    states = [rule.state for rule in rules]
    if failed := states.count("fail"):
        return f"the gate failed: {failed} of {len(rules)} rules"
    if not judged(rules):
        return f"0 of {len(rules)} rules could be judged" if rules else "the gate has no rules"
    unsettled = ", ".join(f"{states.count(state)} {state}" for state in UNSETTLED if state in states)
    count = f"{len(rules)} {'rule' if len(rules) == 1 else 'rules'}"
    return f"the gate holds: {count}" + (f" ({unsettled})" if unsettled else "")


def how_to_be_judged(report: Report) -> str:
    """What to do where no rule could judge anything."""
    if report.gate and report.base_state != "first run":
        return "the report says for each rule what is missing"
    first = "rules on changes need a base; " if report.base_state == "first run" else ""
    return f"{first}rules on values are yours to set (params.yaml: gates, min or max of a metric)"


def found_number(rule: Rule) -> str:
    """What a rule found: a change with its sign."""
    return (signed if ON_A_CHANGE.search(rule.rule) else number)(rule.value)


def judged(rules: Sequence[Rule]) -> bool:
    """Whether any rule had what it needs to judge the model."""
    return any(rule.state != "not evaluable" for rule in rules)
