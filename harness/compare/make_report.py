"""The work tree beside its base, or beside the published model → artifacts/report/."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.compare.base_model import published, reproduced
from harness.compare.build_report import build_report
from harness.compare.checks import behaviour_checks
from harness.core.params import load_params
from harness.core.paths import REPORT_FOLDER, REPORT_PATH
from harness.project.work_tree_state import with_data
from harness.report.build_card import write_card
from harness.report.markdown import Drawn, draw, render
from harness.report.report import Report
from harness.report.report_file import read_report, write_report
from harness.report.terminal import print_report
from harness.stages.new_version import write_new_version


def make_report(commit: str, record: Path | None, overridden_by: str | None, files: str) -> None:
    """Compare the results of the work tree with those of a commit; write the report and print it.

    `files` is the fingerprint of what was trained.
    `record` is the folder of the last published model; where it is given, that model is the base and not the commit.
    """
    with ThreadPoolExecutor(1) as pool, TemporaryDirectory() as folder:
        behaviour, pictures = pool.submit(behaviour_checks), _Pictures(Path(folder))
        card = write_card()
        print(f"reproducing the base {commit[:12] or record} …", flush=True)
        with published(record) if record else reproduced(commit) as base:
            report = build_report(base, load_params(), overridden_by, card, behaviour, pictures.draw)
        report = report.model_copy(update={"work_tree": with_data(files)})
        if REPORT_FOLDER.exists():
            shutil.rmtree(REPORT_FOLDER)
        write_report(report, REPORT_PATH)
        pictures.move(REPORT_FOLDER)
    render(read_report(REPORT_PATH), REPORT_FOLDER, pictures.drawn)
    if record is not None:
        print(f"as a version: {write_new_version(record)['facts']['Change']}")
    print_report(report)
    if commit == report.commit and not report.dirty:
        print(
            f"note: {commit[:12]} was compared with itself; to compare with an earlier commit: make report BASE=HEAD~1"
        )
    print(f"\n{REPORT_FOLDER}/report.md is the comment; report.json and pictures are beside it")


class _Pictures:
    """They are drawn while the behaviour tests run, and shown once the report stands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.drawn: Drawn | None = None

    def draw(self, report: Report) -> None:
        self.drawn = draw(report, self.folder)

    def move(self, target: Path) -> None:
        for path in self.folder.iterdir():
            shutil.copy(path, target)
