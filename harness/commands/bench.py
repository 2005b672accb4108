"""Measure speed, memory, parity and the intervals' coverage (ARGS="coverage" runs one)."""

import runpy
import sys
from argparse import ArgumentParser, Namespace

PASSES_ON = True  # its words are not ours to read


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("words", nargs="*", help="which measurements, with their options; all if none is named")


def main(arguments: Namespace) -> None:
    sys.argv = ["bench", *arguments.words]
    runpy.run_module("bench", run_name="__main__", alter_sys=True)
