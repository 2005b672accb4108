"""Run the long stories, such as a team with its data on a real S3 server (which Go builds)."""

from argparse import ArgumentParser, Namespace

from harness.project.tests import STORIES, run_pytest

PASSES_ON = True  # its words are not ours to read


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("words", nargs="*", help="what pytest takes: files, -k name, -x, …")


def main(arguments: Namespace) -> None:
    run_pytest("-n", "0", STORIES, *arguments.words)
