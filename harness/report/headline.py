"""The report in one line: should this be merged?"""

from harness.report.escape import text
from harness.report.gate_outcome import gate_outcome, judged
from harness.report.numbers import signed
from harness.report.report import Report


def headline(report: Report) -> str:
    """Should this be merged? In one line."""
    if report.overridden_by:
        return f"⚠️ The gate was overridden by {text(report.overridden_by)}"
    failed = [rule for rule in report.gate if rule.state == "fail"]
    refused = "❌ Not published" if report.gate_source == "main" else "❌ Do not merge"
    if report.base_state == "failed":
        return f"{refused}: the base cannot be reproduced"
    if report.base_state == "not comparable":
        return f"{refused}: the two models are not comparable"
    if failed:
        rules = text(failed[0].rule) if len(failed) == 1 else f"{len(failed)} of {len(report.gate)} rules"
        return f"{refused}: {rules} of the gate failed"
    if report.base_state == "first run":
        values = "the rules on values hold" if judged(report.gate) else gate_outcome(report.gate)
        sign = "✅" if judged(report.gate) else "⚠️"
        return f"{sign} First model: there is none to compare with, and {values}"
    unjudged = report.gate and not judged(report.gate)
    verdict = f"⚠️ {gate_outcome(report.gate)}" if unjudged else "✅ The gate holds"
    left = sum(rule.state == "not shown" for rule in report.gate)
    unsettled = f"; these rows do not settle {left} of {len(report.gate)} rules" if left else ""
    return f"{verdict}: {_primary(report)}{unsettled}"


def _primary(report: Report) -> str:
    if report.same_model:
        return "the model file is the same, to the last byte"
    change = next((change for change in report.changes if change.metric == report.primary), None)
    name = text(report.primary)
    if change is None or change.change is None:
        return f"{name} is undefined on these rows"
    if change.change == 0 and change.low == change.high == 0:
        return "both models predict the same"
    if change.verdict in {"better", "worse"}:
        return f"{name} is {change.verdict} ({signed(change.change)})"
    return f"no evidence that {name} changed ({signed(change.change)})"
