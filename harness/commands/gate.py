"""Command behind `make gate`: fail if the gate of the last report failed."""

from harness.core.command import run
from harness.core.errors import ProjectError
from harness.core.paths import REPORT_FOLDER
from harness.report.report import read_report


def check_gate() -> None:
    path = REPORT_FOLDER / "report.json"
    if not path.exists():
        raise ProjectError(f"{path}: there is no report yet; run: make report BASE=main")
    report = read_report(path)
    failed = [rule for rule in report.gate if rule.state == "fail"]
    if not report.gate_passed:
        told = (f"{rule.rule}: {rule.reason or f'got {rule.value:.4g}'}" for rule in failed)
        raise ProjectError("the gate failed: " + "; ".join(told))
    judged = f"{len(report.gate)} rules, judged at {report.commit[:12]}{' with changes' if report.dirty else ''}"
    print(f"the gate holds ({judged})" + (f", overridden by {report.overridden_by}" if failed else ""))


if __name__ == "__main__":
    run(check_gate)
