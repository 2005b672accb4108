"""The border between src/ and harness/, and the layers of the harness: imports point one way."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.constants import ROOT
from tests.support.imports import imported_names, modules, short

# A package may import those of the lines above its own, and itself.
LAYERS = (
    ("core",),
    ("data", "inference"),
    ("model", "evaluate", "batch", "tables", "serve"),
    ("report", "project", "image", "scale"),
    ("monitor",),
    ("stages",),
    ("adopt", "compare", "track", "explore"),
    ("commands",),
)
LAYER = {package: number for number, layer in enumerate(LAYERS) for package in layer}
LOADER = "harness/core/loader.py"  # imports a project's files by name, from the folder that it is given
SERVING = ("harness/inference", "harness/serve")
HEAVY = {"pandas", "sklearn", "pandera", "scipy", "matplotlib", "skl2onnx", "onnx", "dvc", "pyarrow"}


def package_of(module: Path) -> str:
    """core of harness/core/paths.py; the empty text for harness/__main__.py, which stands above all."""
    parts = module.relative_to(ROOT / "harness").parts
    return parts[0] if len(parts) > 1 else ""


def wrong_imports(module: Path) -> set[str]:
    own = package_of(module)
    above = {package for package in LAYER if own and LAYER[package] >= LAYER[own]} - {own}
    names = [name.split(".") for name in imported_names(module)]
    found = {name[1] for name in names if name[0] == "harness" and len(name) > 1 and name[1] in above}
    return found | {name[0] for name in names if name[0] in {"src", "tests", "bench"}}


def test_every_package_has_its_layer() -> None:
    packages = {path.parent.name for path in ROOT.glob("harness/*/__init__.py")}
    assert packages <= set(LAYER)
    assert packages == {package_of(module) for module in modules("harness")} - {""}


def test_imports_point_to_lower_layers_and_never_to_a_project() -> None:
    assert {f"{short(module)} → {name}" for module in modules("harness") for name in wrong_imports(module)} == set()


def test_only_the_loader_imports_by_name() -> None:
    assert {short(module) for module in modules("harness") if "importlib" in imported_names(module)} <= {
        LOADER,
        "harness/command_line.py",  # the command that is called
        "harness/model/estimator.py",  # the estimator that params.yaml names
        "harness/serve/lean_imports.py",  # what of BentoML is loaded when it is asked
    }


@pytest.mark.parametrize("folder", SERVING)
def test_what_serves_is_light(folder: str, model: Path) -> None:
    """In a process of its own: what a module imports late, and what its packages bring along, counts too."""
    names = [short(path).removesuffix(".py").replace("/", ".") for path in modules(folder)]
    program = f"import importlib, sys\nfor name in {names}: importlib.import_module(name)\nprint(*sys.modules)"
    environment = {**os.environ, "MODEL_FILE": str(model), "METRICS_FILE": str(model.with_name("metrics.json"))}
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert not HEAVY & set(loaded.stdout.split())


@pytest.mark.parametrize("folder", SERVING)
def test_what_serves_never_imports_what_trains(folder: str) -> None:
    for module in modules(folder):
        assert not HEAVY & {name.split(".")[0] for name in imported_names(module)}, module
