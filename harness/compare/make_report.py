"""The work tree beside its base, or beside the published model → artifacts/report/."""

import shutil
from pathlib import Path

from harness.compare.base_model import merge_base, published, reproduced
from harness.compare.build_report import build_report
from harness.core.errors import ProjectError
from harness.core.files import write_bytes
from harness.core.params import load_params
from harness.core.paths import REPORT_FOLDER, REPORT_PATH, RESULTS
from harness.core.shell import try_program, watch_dvc
from harness.project.pipeline import results_kept
from harness.project.store import check_settings, check_store, fetch_data, verify_data
from harness.report.build_card import write_card
from harness.report.markdown import render
from harness.report.report import read_report, write_report
from harness.report.terminal import print_report
from harness.stages.new_version import write_new_version


def make_report(revision: str, record: Path | None, overridden_by: str | None) -> None:
    """Write and print the report.

    `record` is the folder of the last published model, `revision` what the work tree is compared with where there is
    none. Raises ProjectError if the work tree's own pipeline fails, or there is no base.
    """
    fetch_data()
    check_settings(Path())  # whatever was fetched before
    check_store(Path())
    commit = merge_base(revision) if record is None else ""
    with results_kept():
        if commit:
            _forget_results(commit)
        if watch_dvc("repro"):
            raise ProjectError("dvc repro: the pipeline of the work tree failed (see above), so nothing was compared")
    verify_data(Path())
    card = write_card()
    print(f"reproducing the base {commit[:12] or record} …", flush=True)
    with published(record) if record else reproduced(commit) as base:
        report = build_report(base, load_params(), overridden_by, card)
    if REPORT_FOLDER.exists():
        shutil.rmtree(REPORT_FOLDER)
    write_report(report, REPORT_PATH)
    render(read_report(REPORT_PATH), REPORT_FOLDER)
    if record is not None:
        print(f"as a version: {write_new_version(record)['facts']['Change']}")
    print_report(report)
    print(f"\n{REPORT_FOLDER}/report.md is the comment; report.json and pictures are beside it")


def _forget_results(commit: str) -> None:
    """Start from the base's recorded results: a pull request's may be edited by hand, and DVC would believe them."""
    for path in RESULTS:
        found = try_program("git", "show", f"{commit}:./{path}")
        if found.returncode == 0:
            write_bytes(path, found.stdout.encode())
        else:
            path.unlink(missing_ok=True)
