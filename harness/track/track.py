"""Command behind `make track`: the last run becomes a run of MLflow's, in MLflow's own environment."""

import json
import os
import re
import tempfile
from pathlib import Path
from typing import TypedDict
from urllib.parse import urlsplit

from harness.core.errors import ProjectError
from harness.core.files import write_json
from harness.core.shell import git, try_program
from harness.project.environments import build_environment
from harness.stages.registry import fetch_tags, read_registry
from harness.track.run_data import collect_run

PROGRAM = Path(__file__).with_name("log_run.py")
URI, NAME = "MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_NAME"  # MLflow's own variables
MLFLOW_FOLDER = Path("artifacts/mlflow")  # where no server is named
PATIENT = {  # a server that is not there is reported after seconds, not after minutes
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
}
QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "GIT_PYTHON_REFRESH": "quiet"}


class Told(TypedDict):
    """What log_run.py prints."""

    run: str
    new: bool
    experiment: str
    moved: dict[str, str]


def track() -> None:
    """Tell MLflow of the run and of what the stages run. Raises ProjectError if that cannot be done."""
    why = fetch_tags()
    programs = build_environment("mlflow")
    run = collect_run(project_name(), read_registry())
    address = os.environ.get(URI) or _beside()
    place = {} if os.environ.get(URI) else {"TRACK_FILES": (MLFLOW_FOLDER / "files").absolute().as_uri()}
    settings = {key: os.environ.get(key, value) for key, value in PATIENT.items()} | QUIET | place | {URI: address}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.json"
        write_json(path, run)
        done = try_program(str(programs / "python"), str(PROGRAM), str(path), environment=settings)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["it said nothing"]
        raise ProjectError(f"{URI}={without_password(address)}: {_shortened(lines[-1])}")
    _tell(json.loads(done.stdout.splitlines()[-1]), run["commit"], without_password(address), programs)
    if why:
        print(f"note: origin could not be asked, so the stages are those that this clone knows: {why}")


def project_name() -> str:
    """Of the experiment and of the registered model: MLflow's variable, or the repository's name at origin, or here.

    Raises ProjectError if MLflow takes the name for one of them only.
    """
    if given := os.environ.get(NAME):
        if not re.fullmatch(r"[\w .()+-]+", given):
            raise ProjectError(f"{NAME}={given}: must be letters, digits and _ . + - ( ): it names the model too")
        return given
    origin = try_program("git", "remote", "get-url", "origin").stdout.strip()
    last = re.split(r"[/:\\]", origin.rstrip("/"))[-1].removesuffix(".git")
    prefix = git("rev-parse", "--show-prefix").strip("/")  # a project in a folder has a name of its own
    name = last or Path(git("rev-parse", "--show-toplevel")).name
    return f"{name}-{prefix.replace('/', '-')}" if prefix else name


def without_password(address: str) -> str:
    """An address that may be printed."""
    parts = urlsplit(address)
    return address.replace(f"{parts.netloc.rpartition('@')[0]}@", "") if "@" in parts.netloc else address


def _beside() -> str:
    MLFLOW_FOLDER.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{MLFLOW_FOLDER / 'mlflow.db'}"


def _shortened(line: str) -> str:
    """MLflow's reason: the system's own, where the server does not answer, and never a password."""
    inner = re.search(r"\[Errno -?\d+\] ([\w ]+)", line)
    return f"does not answer: {inner[1]}" if inner else re.sub(r"//[^/@\s]+@", "//", line)[:300]


def _tell(told: Told, commit: object, address: str, programs: Path) -> None:
    state = "is logged" if told["new"] else "was logged before"
    print(f"{address}: commit {str(commit)[:12]} {state}, as run {told['run']} of experiment {told['experiment']}")
    for stage, version in told["moved"].items():
        print(f"{stage} → version {version}" if version else f"{stage}: runs no version that MLflow knows")
    if address.startswith("sqlite:"):
        print(f"to look at it: {os.path.relpath(programs)}/mlflow server --backend-store-uri {address}")
