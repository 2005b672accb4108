"""Delete the environments and what the stages made (the DVC cache stays)."""

import shutil
from argparse import ArgumentParser, Namespace

from harness.bootstrap import VENV
from harness.core.paths import DVC_TMP, MODEL_PATH, PLOTS, PREDICTIONS_PATH, PREPARED, REPORT_FOLDER


def add_arguments(_parser: ArgumentParser) -> None:
    """None: the folders are known."""


def main(_arguments: Namespace) -> None:
    for folder in (DVC_TMP, PREPARED, MODEL_PATH.parent, REPORT_FOLDER, PLOTS):
        shutil.rmtree(folder, ignore_errors=True)
    PREDICTIONS_PATH.unlink(missing_ok=True)
    if VENV.is_symlink():
        VENV.unlink()
    for environment in (VENV, *VENV.parent.glob(f"{VENV.name}-*")):
        shutil.rmtree(environment, ignore_errors=True)
