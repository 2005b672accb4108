"""Let a stage run a version: VERSION=v1.2.0 STAGE=prod (UNSTAGED=1: though it was never in the stage before)."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from harness.core.options import flag
from harness.core.paths import RECORD_FOLDER
from harness.stages.promote import carry_out, plan_promotion


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--version", required=True, help="a version of make models")
    parser.add_argument("--stage", required=True, help="a stage of params.yaml: stages")
    parser.add_argument("--unstaged", type=flag, default=False, help="1: though it never ran at the stage before")
    parser.add_argument("--record", type=Path, default=RECORD_FOLDER, help="commit and metrics.json of the release")
    parser.add_argument("--check", type=flag, default=False, help="1: only say whether the rules allow it")
    parser.add_argument("--here", type=flag, default=False, help="1: add the tag from here, start no workflow")


def main(arguments: Namespace) -> None:
    move = plan_promotion(arguments.version, arguments.stage, arguments.unstaged, arguments.record, arguments.check)
    carry_out(move, arguments.check, arguments.here)
