"""Check the model and the golden answers of the service at URL=… (ARGS=--help: more)."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from harness.core.options import not_negative
from harness.core.paths import MODEL_PATH
from harness.project.recorded_model import note_other_model
from harness.stages.verify import verify


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--url", required=True, help="address of the service, such as http://localhost:3000")
    parser.add_argument(
        "--version", default="", help="the version that must run there; then MODEL must be its model file"
    )
    parser.add_argument(
        "--model", type=Path, default=MODEL_PATH, help=f"the model file with the answers ({MODEL_PATH})"
    )
    parser.add_argument("--within", type=not_negative, default=10.0, help="seconds until it must be ready (10)")
    parser.add_argument("--seconds", type=not_negative, default=0.0, help="seconds of traffic from several callers (0)")
    parser.add_argument("--token-file", type=Path, help="a file with the bearer token that the service asks for")


def main(arguments: Namespace) -> None:
    note_other_model(arguments.model)
    given = (arguments.within, arguments.seconds, arguments.token_file)
    verify(arguments.url, arguments.model, arguments.version, *given)
