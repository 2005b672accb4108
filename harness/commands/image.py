"""Build the service's image IMAGE=model:latest with the evaluated model (BASE_IMAGE=python:3.11-slim)."""

import os
from argparse import ArgumentParser, Namespace

from harness.image.build import BASE_IMAGE, make_image


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--image", default="model:latest", help="name:tag of the image (model:latest)")
    base = os.environ.get("BASE_IMAGE") or BASE_IMAGE
    parser.add_argument("--base-image", default=base, help=f"the image to build on ({base})")


def main(arguments: Namespace) -> None:
    make_image(arguments.image, arguments.base_image)
