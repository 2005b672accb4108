"""Run IMAGE=model:latest, locked down, and check its answers against the evaluated model's."""

from argparse import ArgumentParser, Namespace

from harness.image.smoke import smoke


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--image", default="model:latest", help="the image to run, by name or digest (model:latest)")


def main(arguments: Namespace) -> None:
    smoke(arguments.image)
