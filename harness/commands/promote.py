"""Make a stage run a version: VERSION=v1.2.0 STAGE=prod (UNSTAGED=1 may skip the stage before)."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from harness.core.options import add_flag
from harness.core.paths import RECORD_FOLDER
from harness.stages.promote import carry_out, plan_promotion


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--version", required=True, help="such as v1.2.0; make models lists them")
    parser.add_argument("--stage", required=True, help="a stage of params.yaml: stages")
    add_flag(parser, "--unstaged", "allow it even if the version never ran in the stage before")
    add_flag(parser, "--redeploy", "deploy the stage's version once more, with no new tag")
    record = f"folder with the release's files commit and metrics.json ({RECORD_FOLDER})"
    parser.add_argument("--record", type=Path, default=RECORD_FOLDER, help=record)
    add_flag(parser, "--check", "only say whether the rules allow it")
    add_flag(parser, "--here", "add the tag from this machine, and start no workflow")


def main(arguments: Namespace) -> None:
    given = (arguments.unstaged, arguments.record, arguments.check, arguments.redeploy, arguments.here)
    move = plan_promotion(arguments.version, arguments.stage, *given)
    carry_out(move, arguments.check, arguments.here)
