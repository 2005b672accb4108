"""Render REPORT=report.json, which may be hostile, to OUT=folder (TRUSTED=folder judges it again)."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from harness.compare.judge_again import comment_again
from harness.report.markdown import render
from harness.report.report_file import read_report


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--report", type=Path, required=True, help="report.json, which may be hostile")
    parser.add_argument("--out", type=Path, required=True, help="folder for report.md and the pictures")
    trusted = "folder with what GitHub says of the run, by which the report's verdict is drawn again"
    parser.add_argument("--trusted", type=Path, help=trusted)


def main(arguments: Namespace) -> None:
    if arguments.trusted:
        comment_again(arguments.report, arguments.out, arguments.trusted)
    else:
        render(read_report(arguments.report), arguments.out)
