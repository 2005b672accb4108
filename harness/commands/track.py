"""Log the last run to MLflow, once per commit (to MLFLOW_TRACKING_URI; without it, to artifacts/mlflow)."""

from argparse import ArgumentParser, Namespace

from harness.track.track import track


def add_arguments(_parser: ArgumentParser) -> None:
    """None: where the server is, and who asks, is in MLflow's own variables."""


def main(_arguments: Namespace) -> None:
    track()
