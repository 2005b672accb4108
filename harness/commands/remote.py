"""Move the data to the DVC remote URL=s3://bucket/path (or gs, azure, ssh, webdav, …)."""

from argparse import ArgumentParser, Namespace

from harness.core.command import exit_on_signals
from harness.project.remote import move_remote


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--url", required=True, help="a DVC remote (s3://bucket/path, gs://…, ssh://…) or a folder")
    for name, what in (("endpoint", "address of an S3 server"), ("region", "its region"), ("profile", "AWS profile")):
        parser.add_argument(f"--{name}", default="", help=f"s3: {what}")


def main(arguments: Namespace) -> None:
    exit_on_signals()
    move_remote(arguments.url, arguments.endpoint, arguments.region, arguments.profile)
