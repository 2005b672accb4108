"""Compare the service's speed with MLflow, FastAPI and plain BentoML (ARGS=--quick takes a minute)."""

from argparse import ArgumentParser, Namespace

from harness.commands import bench

PASSES_ON = True  # its words are not ours to read


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("words", nargs="*", help="options of `bench serve`")


def main(arguments: Namespace) -> None:
    bench.main(Namespace(words=["serve", *arguments.words]))
