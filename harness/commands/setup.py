"""Build .venv from the hash-checked lock (the other commands do this themselves)."""

from argparse import ArgumentParser, Namespace


def add_arguments(_parser: ArgumentParser) -> None:
    """None: requirements/dev.txt says what is installed."""


def main(_arguments: Namespace) -> None:
    """Nothing is left to do: a command runs only once its environment stands."""
