"""The work tree beside its base, or beside the published model → artifacts/report/."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness.compare.base_model import published, reproduced
from harness.compare.build_report import build_report
from harness.compare.checks import behaviour_checks
from harness.core.params import load_params
from harness.core.paths import REPORT_FOLDER, REPORT_PATH
from harness.report.build_card import write_card
from harness.report.markdown import render
from harness.report.report import read_report, write_report
from harness.report.terminal import print_report
from harness.stages.new_version import write_new_version


def make_report(commit: str, record: Path | None, overridden_by: str | None) -> None:
    """Compare the results of the work tree with those of a commit; write the report and print it.

    `record` is the folder of the last published model; where it is given, that model is the base and not the commit.
    """
    with ThreadPoolExecutor(1) as pool:
        behaviour = pool.submit(behaviour_checks)
        card = write_card()
        print(f"reproducing the base {commit[:12] or record} …", flush=True)
        with published(record) if record else reproduced(commit) as base:
            report = build_report(base, load_params(), overridden_by, card, behaviour)
    if REPORT_FOLDER.exists():
        shutil.rmtree(REPORT_FOLDER)
    write_report(report, REPORT_PATH)
    render(read_report(REPORT_PATH), REPORT_FOLDER)
    if record is not None:
        print(f"as a version: {write_new_version(record)['facts']['Change']}")
    print_report(report)
    print(f"\n{REPORT_FOLDER}/report.md is the comment; report.json and pictures are beside it")
