"""Build .venv from the hash-checked lock; other commands do this too (WITH=boosters: more packages)."""

from argparse import ArgumentParser, Namespace

from harness.bootstrap import build
from harness.core.paths import OPTIONAL_LOCKS
from harness.project.optional_groups import NO_GROUP, switch_groups


def add_arguments(parser: ArgumentParser) -> None:
    known = ", ".join(OPTIONAL_LOCKS)
    parser.add_argument("--with", dest="groups", help=f"optional groups from now on, in CI too: {known}; {NO_GROUP}")


def main(arguments: Namespace) -> None:
    """Nothing is left to do where no group is named: a command runs only once its environment stands."""
    if arguments.groups:
        switch_groups(arguments.groups)
        build()
