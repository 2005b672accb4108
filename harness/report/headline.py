"""The report in one line: should this be merged?"""

from collections.abc import Callable

from harness.report.escape import text
from harness.report.gate_outcome import gate_outcome, judged
from harness.report.numbers import signed
from harness.report.report import Report


def headline(report: Report, name: Callable[[str], str] = text) -> str:
    """Should this be merged? In one line; `name` writes what is of unknown origin (for a comment, or a terminal)."""
    if report.overridden_by:
        return f"⚠️ The gate was overridden by {name(report.overridden_by)}"
    failed = [rule for rule in report.gate if rule.state == "fail"]
    refused = "❌ Not published" if report.gate_source == "main" else "❌ Do not merge"
    if report.base_state == "failed":
        return f"{refused}: the base cannot be reproduced"
    if report.base_state == "not comparable":
        return f"{refused}: the two models are not comparable"
    if failed:
        rules = name(failed[0].rule) if len(failed) == 1 else f"{len(failed)} of {len(report.gate)} rules"
        return f"{refused}: {rules} of the gate failed"
    if report.base_state == "first run":
        values = "it keeps the gate's limits" if judged(report.gate) else gate_outcome(report.gate)
        sign = "✅" if judged(report.gate) else "⚠️"
        return f"{sign} First model: there is none to compare with, and {values}"
    unjudged = report.gate and not judged(report.gate)
    verdict = f"⚠️ {gate_outcome(report.gate)}" if unjudged else "✅ The gate holds"
    left = sum(rule.state == "undecided" for rule in report.gate)
    undecided = f"; {left} of {len(report.gate)} rules undecided on these rows" if left else ""
    return f"{verdict}: {_primary(report, name(report.primary))}{undecided}"


def _primary(report: Report, name: str) -> str:
    if report.same_model:
        return "the model file is the same, to the last byte"
    change = next((change for change in report.changes if change.metric == report.primary), None)
    if change is None or change.change is None:
        return f"{name} is undefined on these rows"
    # Of the primary metric alone it may be so for two models: their scores need only be in the same order.
    if not any(one.change or one.low or one.high for one in report.changes):
        return "both models predict the same"
    if change.verdict in {"better", "worse"}:
        return f"{name} is {change.verdict} ({signed(change.change)})"
    return f"no evidence that {name} changed ({signed(change.change)})"
