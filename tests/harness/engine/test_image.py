"""`make image`, `make smoke`, push, pull by digest into an empty engine: with a real one. Run by `make test-image`."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.support import engine
from tests.support.clone import Clone
from tests.support.engine import Engine

pytestmark = pytest.mark.skipif(bool(engine.why_not()), reason=f"a container engine {engine.why_not()}")
NAME = "model:test"


def make(clone: Clone, target: str, image: str, running: Engine) -> subprocess.CompletedProcess[str]:
    return running.call("make", target, f"IMAGE={image}", folder=clone.folder)


@pytest.fixture(scope="module")
def built(lent: Clone, docker: Engine) -> Clone:
    """The clone whose model is in the image: made under umask 077, so that its owner alone may read it."""
    lent.run("chmod", "-R", "go-rwx", ".")
    done = make(lent, "image", NAME, docker)
    assert done.returncode == 0, done.stderr
    return lent


def inside(docker: Engine, script: str) -> str:
    return docker.run("run", "--rm", "--network=host", "--entrypoint=sh", NAME, "-c", script)


def test_the_image_answers_as_the_model_that_was_evaluated(built: Clone, docker: Engine) -> None:
    done = make(built, "smoke", NAME, docker)
    assert done.returncode == 0, done.stderr
    assert "20 answers equal to the last bit" in done.stdout
    assert "SIGTERM: the request in flight was answered" in done.stdout


def test_an_image_of_another_model_is_refused(built: Clone, docker: Engine) -> None:
    path = built.folder / "artifacts/model/model.onnx"
    evaluated = path.read_bytes()
    path.write_bytes(evaluated.replace(b'"tolerance"', b'"Tolerance"').replace(b'"Tolerance"', b'"tolerance" ', 1))
    assert path.read_bytes() != evaluated
    try:
        done = make(built, "smoke", NAME, docker)
    finally:
        path.write_bytes(evaluated)
    assert done.returncode != 0
    assert "error: " in done.stderr


@pytest.mark.usefixtures("built")
def test_the_image_holds_what_the_service_needs_and_nothing_else(docker: Engine) -> None:
    assert inside(docker, "id -u") == "1034"
    assert inside(docker, "find /bento -not -readable") == ""  # by that user
    assert inside(docker, "for name in pip gcc cc make git; do command -v $name; done; true") == ""
    packages = inside(docker, "ls /packages").splitlines()
    assert {"bentoml", "numpy", "onnxruntime", "uvloop"} <= set(packages)
    assert not {"sklearn", "pandas", "scipy", "dvc", "pip", "skl2onnx"} & set(packages)
    assert inside(docker, "find /bento -name '*.pkl' -o -name '*.joblib' -o -name '*.parquet' -o -name '*.csv'") == ""
    assert inside(docker, "find /packages/numpy /packages/onnxruntime -name '*.pyc' | head -c 1") != ""


def test_the_labels_say_what_is_in_the_image(docker: Engine, built: Clone) -> None:
    labels = json.loads(docker.run("image", "inspect", "--format={{json .Config.Labels}}", NAME))
    metrics = json.loads((built.folder / "artifacts/evaluation/metrics.json").read_text("utf-8"))
    assert labels["org.opencontainers.image.revision"] == built.run("git", "rev-parse", "HEAD").stdout.strip()
    assert labels["org.opencontainers.image.base.name"] == engine.BASE
    assert json.loads(labels["model.metrics"]) == metrics["test"]
    assert len(labels["model.sha256"]) == len(labels["data.sha256"]) == 64


def test_what_was_pushed_is_what_an_empty_engine_runs(built: Clone, docker: Engine, tmp_path: Path) -> None:
    with engine.registry(tmp_path / "registry") as host:
        docker.run("tag", NAME, f"{host}/{NAME}")
        pushed = docker.run("push", f"{host}/{NAME}")
        digest = next(word for word in pushed.split() if word.startswith("sha256:"))
        with engine.started() as other:
            other.run("pull", f"{host}/model@{digest}")
            done = make(built, "smoke", f"{host}/model@{digest}", other)
    assert done.returncode == 0, done.stderr
    assert "20 answers equal to the last bit" in done.stdout


@pytest.mark.usefixtures("built")
def test_a_container_without_its_model_ends_with_one_line(docker: Engine) -> None:
    done = docker.call(engine.DOCKER, "run", "--rm", "--network=host", "--env=MODEL_FILE=/nowhere/model.onnx", NAME)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "error: /nowhere/model.onnx: no model file; run: make pipeline"
