"""Merge the newest version of the template, FROM=its address; your own files stay."""

from argparse import ArgumentParser, Namespace

from harness.project.template import update_template


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--from", dest="address", default="", help="the template's address; needed the first time")


def main(arguments: Namespace) -> None:
    update_template(arguments.address)
