"""What goes into the image, and the ways in which it is not built; no container engine is needed for these."""

import hashlib
from pathlib import Path
from subprocess import CompletedProcess

import pytest
import yaml

from harness.core.errors import ProjectError
from harness.core.files import write_json
from harness.core.paths import CARD_HTML, METRICS_PATH, MODEL_PATH, REFERENCE_PATH
from harness.image.engine import engine
from tests.support.clone import Clone
from tests.support.constants import ROOT
from tests.support.imports import imported
from tests.support.models import exported

BENTOFILE = yaml.safe_load((ROOT / "bentofile.yaml").read_text("utf-8"))


def digest_of(path: Path) -> str:
    """As DVC writes it."""
    return hashlib.md5(path.read_bytes()).hexdigest()  # noqa: S324


@pytest.fixture
def trained(clone: Clone) -> Clone:
    """A clone with a model that was evaluated, as its dvc.lock says."""
    (clone.folder / MODEL_PATH).parent.mkdir(parents=True)
    exported(clone.folder / MODEL_PATH)
    write_json(clone.folder / METRICS_PATH, {"test": {"roc_auc": 0.75}})
    digests = {path: digest_of(clone.folder / path) for path in (MODEL_PATH, METRICS_PATH)}
    deps, outs = ([{"path": str(path), "md5": digest}] for path, digest in digests.items())
    (clone.folder / "dvc.lock").write_text(yaml.safe_dump({"stages": {"evaluate": {"deps": deps, "outs": outs}}}))
    return clone


def make_image(clone: Clone, *environment: str) -> CompletedProcess[str]:
    # Never an engine that is really there: what is tested comes before it.
    command = (
        "env",
        "CONTAINER_ENGINE=false",
        *environment,
        "python",
        "-m",
        "harness",
        "image",
        "--image=model:test",
    )
    return clone.run(*command, check=False)


def test_the_bento_holds_what_the_service_imports_and_no_more() -> None:
    modules = imported(ROOT / "harness/serve/server.py") | imported(ROOT / "src/service.py")
    packages = {f"{path.parent.relative_to(ROOT)}/*.py" for path in modules}
    packages -= {"src/*.py"}  # of what is the project's own, the service and nothing else
    expected = {
        *packages,
        "harness/__init__.py",
        "src/__init__.py",
        "src/service.py",
        str(CARD_HTML),
        str(MODEL_PATH),
        str(REFERENCE_PATH),
        str(METRICS_PATH),
    }
    assert sorted(BENTOFILE["include"]) == sorted(expected)
    assert BENTOFILE["include"] == sorted(BENTOFILE["include"])


def test_the_bento_holds_the_evaluated_model(trained: Clone) -> None:
    done = make_image(trained)
    assert done.stderr == "error: false build: failed\n"  # so the bento was made, and found to hold the model
    assert done.returncode == 1


def test_without_a_model_there_is_no_image(clone: Clone) -> None:
    done = make_image(clone)
    assert (done.returncode, done.stderr) == (1, f"error: {MODEL_PATH}: no model file; run: make pipeline\n")


@pytest.mark.parametrize("path", [MODEL_PATH, METRICS_PATH])
def test_a_model_whose_metrics_are_anothers_is_no_image(trained: Clone, path: Path) -> None:
    """After `dvc repro train` alone, say."""
    if path == MODEL_PATH:
        exported(trained.folder / MODEL_PATH, "regression")
    else:
        write_json(trained.folder / METRICS_PATH, {"test": {"roc_auc": 0.99}})
    done = make_image(trained)
    told = f"error: {path}: does not belong to the evaluation in dvc.lock; run: make pipeline\n"
    assert (done.returncode, done.stderr) == (1, told)


def test_a_card_of_another_evaluation_is_no_image(trained: Clone) -> None:
    (trained.folder / CARD_HTML).write_text("<p>another</p>")
    told = f"error: {CARD_HTML}: does not belong to this evaluation; run: make pipeline\n"
    assert make_image(trained).stderr == told


@pytest.mark.parametrize("lock", ["", "text", "stages:", "schema: '2.0'"])
def test_a_record_that_holds_nothing_is_no_evaluation(trained: Clone, lock: str) -> None:
    (trained.folder / "dvc.lock").write_text(lock)
    told = f"error: {MODEL_PATH}: does not belong to the evaluation in dvc.lock; run: make pipeline\n"
    assert make_image(trained).stderr == told


def test_a_bento_without_the_model_is_no_image(trained: Clone) -> None:
    """`bentoml build` succeeds without it, and the service of that image would start for ever."""
    path = trained.folder / "bentofile.yaml"
    path.write_text(path.read_text("utf-8").replace(f"  - {MODEL_PATH}\n", ""), "utf-8")
    done = make_image(trained)
    told = f"error: bentofile.yaml: include must name {MODEL_PATH}, which is not in the bento\n"
    assert (done.returncode, done.stderr) == (1, told)


def test_a_bentofile_that_bentoml_refuses_is_told_in_one_line(trained: Clone) -> None:
    with (trained.folder / "bentofile.yaml").open("a") as file:
        file.write("no_such_key: 1\n")
    done = make_image(trained)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: bentoml build: ")
    assert "no_such_key" in line


def test_without_an_engine_one_line_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CONTAINER_ENGINE", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        ProjectError, match=r"^neither docker nor podman is installed; name another with CONTAINER_ENGINE$"
    ):
        engine("version")


def test_an_engine_that_is_not_there_is_named(trained: Clone) -> None:
    done = trained.run(
        "env", "CONTAINER_ENGINE=no-such-engine", "python", "-m", "harness", "smoke", "--image=x", check=False
    )
    assert (done.returncode, done.stderr) == (1, "error: no-such-engine: No such file or directory\n")


def test_the_log_of_a_container_has_its_errors(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The line with which the service ends goes to its standard error."""
    program = tmp_path / "engine"
    program.write_text("#!/bin/sh\necho started\necho error: why >&2\n")
    program.chmod(0o755)
    monkeypatch.setenv("CONTAINER_ENGINE", str(program))
    assert engine("logs", "x") == "started\nerror: why"
    assert engine("inspect", "x") == "started"
