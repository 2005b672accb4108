"""Start the service on PORT=3000; its root shows the Swagger page."""

from argparse import ArgumentParser, Namespace

from harness.project.recorded_model import note_other_model
from harness.serve.server import serve
from harness.serve.settings import MODEL_SERVED, port


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (127.0.0.1; 0.0.0.0: every address)")
    parser.add_argument("--port", help="port to listen at (the variable PORT, otherwise 3000; 0: any free port)")


def main(arguments: Namespace) -> None:
    note_other_model(MODEL_SERVED)
    serve(arguments.host, port(arguments.port))
