"""Build the image and run it in a container engine of the tests' own (Debian, root; otherwise skipped)."""

from argparse import ArgumentParser, Namespace

from harness.project.tests import ENGINE, run_pytest

PASSES_ON = True  # its words are not ours to read


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("words", nargs="*", help="what pytest takes: files, -k name, -x, …")


def main(arguments: Namespace) -> None:
    run_pytest("-n", "0", ENGINE, *arguments.words)
