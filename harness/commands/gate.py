"""Fail if a rule of the gate failed in the last report, or if that judges other files than these."""

from argparse import ArgumentParser, Namespace

from harness.core.errors import ProjectError
from harness.core.paths import REPORT_PATH
from harness.project.work_tree_state import check_any_commit, fingerprint, is_repository, with_data
from harness.report.escape import visible
from harness.report.gate_outcome import found_number, gate_outcome, how_to_be_judged, judged
from harness.report.headline import headline
from harness.report.report import Rule
from harness.report.report_file import read_report


def add_arguments(_parser: ArgumentParser) -> None:
    """None: it reads artifacts/report/report.json."""


def main(_arguments: Namespace) -> None:
    if not REPORT_PATH.exists():
        check_any_commit()
        raise ProjectError(f"{REPORT_PATH}: there is no report yet; run: make report BASE=main")
    report = read_report(REPORT_PATH)
    judged_commit = f"{report.commit[:12]}{' with changes' if report.dirty else ''}"
    if is_repository() and report.work_tree not in {"", with_data(fingerprint())}:
        raise ProjectError(f"{REPORT_PATH}: judges {judged_commit}, not this work tree; run: make report BASE=main")
    failed = [rule for rule in report.gate if rule.state == "fail"]
    if not report.gate_passed:
        raise ProjectError("the gate failed: " + "; ".join(map(_reason, failed)))
    print(headline(report, visible))
    where = f"at {judged_commit}"
    if judged(report.gate):
        print(f"{gate_outcome(report.gate)}, {where}" + (f", overridden by {report.overridden_by}" if failed else ""))
    else:
        print(f"{where}: {how_to_be_judged(report)}")


def _reason(rule: Rule) -> str:
    """Why a rule failed; one of the project's own may have neither reason nor value."""
    why = rule.reason or ("" if rule.value is None else f"got {found_number(rule)}")
    return f"{rule.rule}: {why}" if why else rule.rule
