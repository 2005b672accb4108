"""Render REPORT=report.json, whoever wrote it, to OUT=folder (report.md and pictures)."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from harness.report.markdown import render
from harness.report.report import read_report


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--report", type=Path, required=True, help="report.json, which may be hostile")
    parser.add_argument("--out", type=Path, required=True, help="folder for report.md and the pictures")


def main(arguments: Namespace) -> None:
    render(read_report(arguments.report), arguments.out)
