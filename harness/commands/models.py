"""Show the published versions, what each stage runs, and each stage's history."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from harness.core.paths import HISTORY_PICTURE
from harness.stages.history import show_models


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--out", type=Path, default=HISTORY_PICTURE, help=f"where to write the picture ({HISTORY_PICTURE})"
    )


def main(arguments: Namespace) -> None:
    show_models(arguments.out)
