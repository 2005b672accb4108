"""Stop what `make up` started; what was recorded stays."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from harness.image.compose import ENV_FILE, compose_down


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--env", type=Path, default=ENV_FILE, help=f"images and ports ({ENV_FILE})")
    parser.add_argument("--override", type=Path, help="another compose file, whose settings take precedence")


def main(arguments: Namespace) -> None:
    compose_down(arguments.env, arguments.override)
