"""A report on the terminal: how each metric changed, and how each rule of the gate came out."""

from harness.report.escape import visible
from harness.report.numbers import number, signed, signed_interval
from harness.report.report import Report


def print_report(report: Report) -> None:
    """Print the table and the gate of the comment; what the comment folds is in the comment."""
    if report.base_reason:
        print(f"\n{visible(report.base_reason)}")
    print(f"\n{'metric':28} {'base':>9} {'this':>9} {'change':>9}   {'95 % interval':19} ({report.rows} rows)")
    for change in sorted(report.changes, key=lambda change: change.metric != report.primary):
        numbers = f"{number(change.base):>9} {number(change.candidate):>9} {signed(change.change):>9}"
        interval = signed_interval(change.low, change.high)
        print(f"{change.metric:28} {numbers}   {interval:19} {change.verdict}")
    overridden = f" (overridden by {report.overridden_by})" if report.overridden_by else ""
    failed = sum(rule.state == "fail" for rule in report.gate)
    told = f"FAILED{overridden}: {failed} of" if failed else "passed:"
    print(f"\nthe gate {told} {len(report.gate)} rules")
    for rule in sorted(report.gate, key=lambda rule: rule.state != "fail"):
        reason = f": {visible(rule.reason)}" if rule.reason else ""
        print(f"{rule.state:14} {number(rule.value):>9}   {visible(rule.rule)}{reason}")
    print("\nA verdict holds for all metrics at once, so it asks for more than that its interval leaves 0 out.")
    print("A rule on a change fails if the change exceeds the allowance and its interval leaves 0 out.")
