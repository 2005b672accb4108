"""A rule for src/rules.py: what the model card must state."""

from harness.core.paths import MODEL_DOCUMENT
from harness.report.report import Report, Rule


def card_states(report: Report, *titles: str) -> list[Rule]:
    """A rule for each of these sections of the card; one that is empty or absent fails."""
    known = {section.title for section in report.card.sections} if report.card else set()
    unstated = set(report.card.unstated) if report.card else set()
    rules = []
    for title in titles:
        reason = "" if title in known else "the card has no such section"
        reason = f"not stated in {MODEL_DOCUMENT}" if title in unstated else reason
        rules.append(
            Rule(rule=f"the model card states: {title}", value=None, state="fail" if reason else "pass", reason=reason)
        )
    return rules
