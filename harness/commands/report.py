"""Command behind `make report`: compare the work tree with its base or the published model → artifacts/report/."""

import argparse
import shutil
import subprocess
from pathlib import Path

from harness.compare.base_model import merge_base, published, reproduced
from harness.compare.build_report import build_report
from harness.core.command import run
from harness.core.errors import ProjectError
from harness.core.params import load_params
from harness.core.paths import REPORT_FOLDER, RESULTS
from harness.project.store import check_settings, check_store, verify_data
from harness.report.markdown import render
from harness.report.report import read_report, write_report
from harness.report.terminal import print_report


def make_report(revision: str, record: Path | None, overridden_by: str | None) -> None:
    commit = merge_base(revision) if record is None else ""
    if commit:
        _forget_results(commit)
    check_settings(Path())
    check_store(Path())
    if subprocess.run(["dvc", "repro"], check=False).returncode:
        raise ProjectError("dvc repro: the work tree's own pipeline fails, so there is nothing to compare (see above)")
    verify_data(Path())
    print(f"reproducing the base {commit[:12] or record} …", flush=True)
    with published(record) if record else reproduced(commit) as base:
        report = build_report(base, load_params(), overridden_by)
    if REPORT_FOLDER.exists():
        shutil.rmtree(REPORT_FOLDER)
    write_report(report, REPORT_FOLDER / "report.json")
    render(read_report(REPORT_FOLDER / "report.json"), REPORT_FOLDER)
    print_report(report)
    print(f"\n{REPORT_FOLDER}/report.md is the comment; report.json and pictures are beside it")


def _forget_results(commit: str) -> None:
    """Start from the base's recorded results: a pull request's may be edited by hand, and DVC would believe them."""
    for path in RESULTS:
        found = subprocess.run(["git", "show", f"{commit}:./{path}"], capture_output=True, check=False)
        if found.returncode == 0:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(found.stdout)
        else:
            path.unlink(missing_ok=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="make report", description=__doc__)
    parser.add_argument("base", help="a git revision; the commit where HEAD left it is compared with (BASE=main)")
    parser.add_argument(
        "--published", type=Path, help="folder of the last published model and its commit (PUBLISHED=…)"
    )
    parser.add_argument("--overridden-by", help="who set the override label: a failing gate is shown, and passes")
    arguments = parser.parse_args()
    run(make_report, arguments.base, arguments.published, arguments.overridden_by)


if __name__ == "__main__":
    main()
