"""Command behind `make image`: the evaluated model → a bento → an image whose labels say what is in it."""

import hashlib
import json
import os
import subprocess
import tempfile
from pathlib import Path

from harness.core.errors import ProjectError
from harness.core.files import file_hash
from harness.core.metrics_file import read_metrics_file
from harness.core.params import read_yaml
from harness.core.paths import CARD_HTML, DVC_LOCK, METRICS_PATH, MODEL_PATH
from harness.core.shell import git
from harness.image.engine import engine
from harness.inference.model_file import ModelFile

BASE_IMAGE = "python:3.11-slim"


def make_image(name: str, base: str) -> None:
    """Build it. Raises ProjectError if the model is not the evaluated one, or the engine refuses."""
    labels = build_labels(base)
    check_evaluated()
    with tempfile.TemporaryDirectory() as home:
        bento = build_bento(Path(home))
        print(f"building {name} from {base} …", flush=True)
        options = [f"--label={key}={value}" for key, value in labels.items()]
        options += [f"--build-arg=BASE_IMAGE={base}", "--file=Dockerfile", f"--tag={name}"]
        engine("build", *options, str(bento), option="BUILD_OPTIONS")
    size = int(engine("image", "inspect", "--format={{.Size}}", name))
    print(f"{name}: {size / 1e6:.0f} MB, model {labels['model.sha256'][:12]}")


def check_evaluated() -> None:
    """Raises ProjectError unless the model is the one that was evaluated, and the metrics are that evaluation's."""
    lock = read_yaml(DVC_LOCK) if DVC_LOCK.exists() else None
    stage = lock["stages"].get("evaluate", {}) if isinstance(lock, dict) and lock.get("stages") else {}
    recorded = {file["path"]: file["md5"] for file in [*stage.get("deps", []), *stage.get("outs", [])]}
    for path in (MODEL_PATH, METRICS_PATH):
        if recorded.get(str(path)) != hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest():
            raise ProjectError(f"{path}: does not belong to the evaluation in {DVC_LOCK}; run: make pipeline")
    if CARD_HTML.exists() and file_hash(METRICS_PATH) not in CARD_HTML.read_text("utf-8"):
        raise ProjectError(f"{CARD_HTML}: does not belong to this evaluation; run: make pipeline")


def build_bento(home: Path) -> Path:
    """Run `bentoml build`. Raises ProjectError if it fails, or if the bento does not hold the evaluated model."""
    environment = {**os.environ, "BENTOML_HOME": str(home), "BENTOML_DO_NOT_TRACK": "True"}
    command = ["bentoml", "build", "--output", "tag", "--version", ModelFile(MODEL_PATH).version]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        told = [line.strip(" |") for line in done.stderr.splitlines() if any(map(str.isalpha, line))]
        raise ProjectError(f"bentoml build: {told[-1] if told else 'failed'}")
    bento = home / "bentos" / done.stdout.strip().removeprefix("__tag__:").replace(":", "/")
    # Without the model the build succeeds all the same.
    packed = bento / "src" / MODEL_PATH
    if not packed.exists() or file_hash(packed) != file_hash(MODEL_PATH):
        raise ProjectError(f"bentofile.yaml: include must name {MODEL_PATH}, which is not in the bento")
    return bento


def build_labels(base: str) -> dict[str, str]:
    """OCI labels: the commit, and the hashes and metrics of the model."""
    file, metrics = ModelFile(MODEL_PATH), read_metrics_file(METRICS_PATH)
    _, _, digest = base.partition("@")
    labels = {
        "org.opencontainers.image.title": file.contract.target,
        "org.opencontainers.image.version": file.version,
        "org.opencontainers.image.revision": git("rev-parse", "HEAD"),
        "org.opencontainers.image.base.name": base.partition("@")[0],
        "model.sha256": file_hash(MODEL_PATH),
        "data.sha256": file.hashes["data"],
        "model.metrics": json.dumps(metrics.test),
    }
    return labels | ({"org.opencontainers.image.base.digest": digest} if digest else {})
