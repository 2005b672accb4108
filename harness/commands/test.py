"""Run all the tests, yours first (ARGS="-k name" runs some)."""

from argparse import ArgumentParser, Namespace

from harness.project.tests import run_tests

PASSES_ON = True  # its words are not ours to read


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("words", nargs="*", help="what pytest takes: files, -k name, -x, …")


def main(arguments: Namespace) -> None:
    run_tests(arguments.words)
