"""Start the service, Prometheus and Grafana with compose, from the images in deploy/.env."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from harness.image.compose import ENV_FILE, compose_up


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--env", type=Path, default=ENV_FILE, help=f"images and ports ({ENV_FILE})")
    parser.add_argument("--override", type=Path, help="another compose file, whose settings take precedence")


def main(arguments: Namespace) -> None:
    compose_up(arguments.env, arguments.override)
