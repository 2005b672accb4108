"""Move the data to the DVC remote URL=s3://bucket/path (or gs, azure, ssh, webdav, …)."""

from argparse import ArgumentParser, Namespace

from harness.project.remote import move_remote


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--url", required=True, help="address of a DVC remote: s3://bucket/path, gs://…, ssh://…")


def main(arguments: Namespace) -> None:
    move_remote(arguments.url)
