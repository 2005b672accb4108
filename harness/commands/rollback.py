"""Make a stage run its previous version again: STAGE=prod."""

from argparse import ArgumentParser, Namespace

from harness.core.options import add_flag
from harness.stages.promote import carry_out, plan_rollback


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--stage", required=True, help="a stage of make models")
    add_flag(parser, "--check", "only say what it would go back to")
    parser.add_argument("--leaves", default="", help="the version that it must run now, so that two go back only once")
    add_flag(parser, "--here", "add the tag from here, start no workflow")


def main(arguments: Namespace) -> None:
    carry_out(plan_rollback(arguments.stage, arguments.check, arguments.leaves), arguments.check, arguments.here)
