"""Answer requests on PORT=3000: the Swagger page is at its root."""

from argparse import ArgumentParser, Namespace

from harness.serve.server import serve
from harness.serve.settings import port


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (127.0.0.1; all: 0.0.0.0)")
    parser.add_argument("--port", help="port to listen at (the variable PORT, otherwise 3000; 0: any that is free)")


def main(arguments: Namespace) -> None:
    serve(arguments.host, port(arguments.port))
