"""A report on the terminal: how each metric changed, and how each rule of the gate came out."""

from collections.abc import Sequence

from harness.report.checks import checks_on_terminal
from harness.report.escape import visible
from harness.report.gate_outcome import found_number, gate_outcome, how_to_be_judged, judged
from harness.report.headline import headline
from harness.report.look import SAME_MODEL
from harness.report.notes import whose_rules
from harness.report.numbers import number, signed, signed_interval
from harness.report.report import SEEDLESS_REASON, Change, Report, Rule


def print_report(report: Report) -> None:
    """Print the table and the gate of the comment; what the comment folds is in the comment."""
    if report.base_reason:
        print(f"\n{visible(report.base_reason)}")
    _print_changes(report)
    for score in report.cv:
        print(f"{score.metric:28} {number(score.base):>9} {number(score.candidate):>9}   cross-validated, to choose by")
    for line in ["", *checks_on_terminal(report.behaviour, report.coverage)]:
        print(line)
    _print_gate(report)
    if told := whose_rules(report):
        print(f"\n{told}")
    if report.own_gate:
        would = "fail" if any(rule.state == "fail" for rule in report.own_gate) else "hold"
        print(f"With the rules of this branch the gate would {would}")
        _print_rules(report.own_gate)
    if report.base_state != "compared":
        return
    if report.trainings_reason not in {"", SEEDLESS_REASON}:
        print(f"\nEach side was trained once: {visible(report.trainings_reason)}")
    print("\nThe intervals hold together: chance alone brings a verdict into at most 5 reports of 100.")
    print("A rule on a change fails if the change exceeds the allowance and its interval is wholly worse than 0.")


def _print_changes(report: Report) -> None:
    ordered = sorted(report.changes, key=lambda change: change.metric != report.primary)
    if all(change.verdict == "new" for change in ordered):
        print(f"\n{'metric':28} {'this':>9}   ({report.rows} rows)")
        for change in ordered:
            print(f"{change.metric:28} {number(change.candidate):>9}")
        return
    head = f"{'change':>9}   {'verdict':13} {'joint 95 % interval':19} {'base':>9} {'this':>9}"
    print(f"\n{'metric':28} {head}   ({report.rows} rows)")
    for change in ordered:
        interval, values = (
            signed_interval(change.low, change.high),
            f"{number(change.base):>9} {number(change.candidate):>9}",
        )
        line = f"{change.metric:28} {signed(change.change):>9}   {_verdict(change, report):13} {interval:19} {values}"
        print(f"{line}   {change.reason}".rstrip())


def _verdict(change: Change, report: Report) -> str:
    return SAME_MODEL if report.same_model and change.verdict == "no evidence" else change.verdict


def _print_gate(report: Report) -> None:
    overridden = f" (overridden by {report.overridden_by})" if report.overridden_by else ""
    summary, outcome = headline(report, visible), gate_outcome(report.gate)
    print(summary)
    if not report.gate and report.base_state == "first run":
        print(how_to_be_judged(report))
        return
    if outcome not in summary:
        print(outcome.replace("failed", f"FAILED{overridden}"))
    _print_rules(report.gate)
    if report.gate and not judged(report.gate):
        print(how_to_be_judged(report))


def _print_rules(rules: Sequence[Rule]) -> None:
    for rule in sorted(rules, key=lambda rule: rule.state != "fail"):
        reason = f": {visible(rule.reason)}" if rule.reason else ""
        print(f"{rule.state:14} {found_number(rule):>9}   {visible(rule.rule)}{reason}")
