"""The last run as an MLflow run, once for each commit (MLFLOW_TRACKING_URI in the environment; default: beside)."""

from argparse import ArgumentParser, Namespace

from harness.track.track import track


def add_arguments(_parser: ArgumentParser) -> None:
    """None: where the server is, and who asks, is in MLflow's own variables."""


def main(_arguments: Namespace) -> None:
    track()
