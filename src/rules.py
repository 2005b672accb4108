"""Your own rules of the gate, besides those in params.yaml: a function of the report.

`rules` gets the whole report (harness/report/report.py lists what it holds) and returns the rules that it judged. If
one fails, the gate fails. As with params.yaml, the rules of the pull request's target branch count. To switch on the
example:

    return [enough_rows(report, least=200)]

To require parts of the model card (docs/model.md), add `from harness.report.card_rule import card_states` and:

    return card_states(report, "Intended use", "Limits", "Contact")
"""

from harness.report.report import Report, Rule


def enough_rows(report: Report, least: int) -> Rule:
    """Require at least this many test rows."""
    enough = report.rows >= least
    return Rule(rule=f"test rows ≥ {least}", value=report.rows, state="pass" if enough else "fail", reason="")


def rules(report: Report) -> list[Rule]:  # noqa: ARG001
    """No further rules."""
    return []
