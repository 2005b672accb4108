"""Replay LOG=logs with CANDIDATE=model.onnx and show which answers change [TRUTH=labels.csv]."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from harness.compare.shadow import SHADOW_FOLDER, compare_shadow
from harness.compare.shadow_data import write_shadow
from harness.compare.shadow_markdown import print_shadow, shadow_markdown
from harness.core.command import run
from harness.core.paths import MODEL_PATH
from harness.project.recorded_model import note_other_model


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--log", default="", help="prediction logs (LOG_DIR): a folder, a file, an address")
    parser.add_argument("--candidate", default="", help="the model file that may replace the running one")
    parser.add_argument("--truth", default="", help="labels, found by request_id or by the id: .csv or .parquet")
    parser.add_argument(
        "--model", default=str(MODEL_PATH), help=f"the model file that gave the answers in the log ({MODEL_PATH})"
    )
    parser.add_argument("--out", type=Path, default=SHADOW_FOLDER, help=f"folder for the result ({SHADOW_FOLDER})")


def main(arguments: Namespace) -> None:
    run(_shadow, arguments)


def _shadow(arguments: Namespace) -> None:
    note_other_model(Path(arguments.model))
    found = compare_shadow(arguments.log, arguments.candidate, arguments.truth, arguments.model)
    write_shadow(found, shadow_markdown(found), arguments.out)
    print_shadow(found)
    print(f"\n{arguments.out}/shadow.md holds the whole comparison, shadow.json the same as data")
