"""Your own rules of the gate: a function of the report, beside the rules of params.yaml.

`rules` gets the whole report (harness/report/report.py lists what it holds) and returns the rules that it judged. One
that failed fails the gate. As for params.yaml, the rules of the branch that a pull request goes to decide. To switch
the example on:

    return [enough_rows(report, least=200)]

What the model card must state (docs/model.md), with `from harness.report.card_rule import card_states`:

    return card_states(report, "Intended use", "Limits", "Contact")
"""

from harness.report.report import Report, Rule


def enough_rows(report: Report, least: int) -> Rule:
    """The test rows must be at least so many."""
    enough = report.rows >= least
    return Rule(rule=f"test rows ≥ {least}", value=report.rows, state="pass" if enough else "fail", reason="")


def rules(report: Report) -> list[Rule]:  # noqa: ARG001
    """No further rules."""
    return []
