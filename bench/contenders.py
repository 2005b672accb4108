"""The contenders of `bench serve`: our service, and the others in an environment of their own, outside our locks."""

import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from bench.measure import ROOT

APPS = Path(__file__).with_name("apps")
OURS = "ours"
# Pinned; what both sides use has our version.
NAMED = ("mlflow==3.17.2", "fastapi==0.165.0")
SHARED = ("bentoml", "httptools", "joblib", "numpy", "onnxruntime", "pandas", "scikit-learn", "uvicorn", "uvloop")
QUIET = {"BENTOML_DO_NOT_TRACK": "True", "MLFLOW_DISABLE_TELEMETRY": "true", "ORT_DISABLE_TELEMETRY": "1"}
# One thread each: several that wait for one another would cost the others more than they gain.
ENVIRONMENT = QUIET | {"OMP_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Contender:
    """How a server is started, where it takes rows, under which key, and whether as they are in a table, as ours."""

    name: str
    command: tuple[str, ...]
    path: str = "/predict"
    key: str = "rows"
    folder: Path = ROOT
    environment: dict[str, str] = field(default_factory=dict)
    takes_table_rows: bool = False


def contenders(folder: Path) -> list[Contender]:
    """Ours first. The folder has been filled by bench.models; what MLflow needs is added to it."""
    peers = build_environment() / "bin"
    subprocess.run([peers / "python", APPS / "save_mlflow.py", folder / "boosting.joblib", folder / "mlflow"],
                   check=True, capture_output=True, env=os.environ | ENVIRONMENT)  # fmt: skip
    pipeline = {"PIPELINE": str(folder / "boosting.joblib")}
    uvicorn = (str(peers / "uvicorn"), "--log-level", "warning", "--port", "{port}")
    mlflow = (str(peers / "mlflow"), "models", "serve", "--env-manager", "local", "--workers", "1")
    return [
        ours(folder),
        Contender("MLflow models serve", (*mlflow, "--model-uri", str(folder / "mlflow"), "--port", "{port}"),
                  "/invocations", "dataframe_records", APPS, {"PATH": f"{peers}:{os.environ['PATH']}"}),
        Contender("FastAPI, joblib", (*uvicorn, "fastapi_joblib:app"), folder=APPS, environment=pipeline),
        Contender("BentoML, joblib", (str(peers / "bentoml"), "serve", "bentoml_joblib:Joblib", "--port", "{port}"),
                  folder=APPS, environment=pipeline),
        fastapi_onnx(folder),
    ]  # fmt: skip


def fastapi_onnx(folder: Path) -> Contender:
    """The bare minimum, which checks and counts nothing."""
    uvicorn = str(build_environment() / "bin/uvicorn")
    command = (uvicorn, "--log-level", "warning", "--port", "{port}", "--no-access-log", "fastapi_onnx:app")
    return Contender(
        "FastAPI async, ONNX", command, folder=APPS, environment={"MODEL_FILE": str(folder / "boosting.onnx")}
    )


def ours(folder: Path, workers: int = 1) -> Contender:
    """The service with the packages of its image, started as its image starts it."""
    environment = {"MODEL_FILE": str(folder / "boosting.onnx"), "WORKERS": str(workers)}
    python = _installed("service", "-r", str(ROOT / "requirements/service.txt")) / "bin/python"
    return Contender(OURS, (str(python), "-m", "harness.serve.server", "--port", "{port}"),
                     takes_table_rows=True, environment=environment)  # fmt: skip


def build_environment() -> Path:
    """The contenders' packages."""
    return _installed("contenders", *NAMED, *(f"{name}=={version(name)}" for name in SHARED))


def _installed(name: str, *packages: str) -> Path:
    """An environment of its own, made once per set of versions in the user's cache folder."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ml-template"
    listed = [Path(package).read_text("utf-8") if Path(package).is_file() else package for package in packages]
    folder = cache / f"{name}-{hashlib.sha256(' '.join(listed).encode()).hexdigest()[:12]}"
    if not (folder / "complete").exists():
        print(f"installing the packages of {name} into {folder} …", flush=True)
        uv = Path(sys.executable).with_name("uv")
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder], check=True)
        install = ("pip", "install", "--quiet", "--compile-bytecode", "--python", folder / "bin/python")
        subprocess.run([uv, *install, *packages], check=True)
        (folder / "complete").touch()
    return folder
