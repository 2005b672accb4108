"""Report known vulnerabilities of the locked packages (AUDIT=block fails if there are any)."""

from argparse import ArgumentParser, Namespace

from harness.project.audit import print_audit


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--audit",
        choices=["", "block"],
        default="",
        help="block: fail if there are any, instead of only reporting them",
    )


def main(arguments: Namespace) -> None:
    print_audit(arguments.audit == "block")
