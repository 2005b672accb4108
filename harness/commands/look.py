"""One page about the data: each column against the target, train beside test, slices, what is left out."""

from argparse import ArgumentParser, Namespace

from harness.explore.look import look


def add_arguments(_parser: ArgumentParser) -> None:
    """None: what is looked at is what preprocess made."""


def main(_arguments: Namespace) -> None:
    look()
