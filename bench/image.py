"""Our image beside the one that BentoML makes by default of a pickled pipeline: sizes, as stored and as pushed."""

import argparse
import os
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import httpx

from bench.contenders import APPS
from bench.measure import ROOT
from tests.support.engine import BASE, Engine, registry, started, why_not

TARGET, COMPRESSED = 0.38, 150
PACKAGES = ("bentoml", "joblib", "numpy", "pandas", "scikit-learn")
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


def main() -> None:
    argparse.ArgumentParser(prog="bench image", description=__doc__).parse_args()
    if reason := why_not():
        print(f"skipped: a container engine {reason}")
        return
    with tempfile.TemporaryDirectory(prefix="bench-") as name, started() as engine:
        folder = Path(name)
        engine.import_base()
        done = engine.call("make", "image", "IMAGE=ours", folder=ROOT)
        if done.returncode:
            sys.exit(done.stderr)
        bento = build_default(folder)
        engine.run("build", "--network=host", f"--file={bento}/env/docker/Dockerfile", "--tag=default", str(bento))
        with registry(folder / "registry") as host:
            sizes = {image: (stored(engine, image), pushed(engine, image, host)) for image in ("ours", "default", BASE)}
    for image, (large, small) in sizes.items():
        print(f"{image:18} {large:6.0f} MB, compressed {small:5.0f} MB")
    ratio = sizes["ours"][0] / sizes["default"][0]
    print(f"ours / default     {ratio:.2f} (target ≤ {TARGET}: {'met' if ratio <= TARGET else 'MISSED'})")
    print(f"compressed         target ≤ {COMPRESSED} MB: {'met' if sizes['ours'][1] <= COMPRESSED else 'MISSED'}")


def build_default(folder: Path) -> Path:
    """A bento as BentoML's documentation begins; its folder."""
    project = folder / "project"
    project.mkdir()
    (project / "service.py").write_text((APPS / "bentoml_joblib.py").read_text("utf-8"), "utf-8")
    packages = "\n".join(f"    - {package}=={version(package)}" for package in PACKAGES)
    (project / "bentofile.yaml").write_text(
        f"service: service:Joblib\ninclude: [service.py]\npython:\n  lock_packages: false\n  packages:\n{packages}\n",
        "utf-8",
    )
    environment = {**os.environ, "BENTOML_HOME": str(folder / "home"), "BENTOML_DO_NOT_TRACK": "True"}
    command = ["bentoml", "build", "--output", "tag"]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=True)
    return folder / "home/bentos" / done.stdout.strip().removeprefix("__tag__:").replace(":", "/")


def stored(engine: Engine, image: str) -> float:
    """MB of an image's files."""
    return int(engine.run("image", "inspect", "--format={{.Size}}", image)) / 1e6


def pushed(engine: Engine, image: str, host: str) -> float:
    """MB of an image's layers in a registry, compressed."""
    name = image.partition(":")[0]
    engine.run("tag", image, f"{host}/{name}:bench")
    engine.run("push", f"{host}/{name}:bench")
    manifest = httpx.get(f"http://{host}/v2/{name}/manifests/bench", headers={"Accept": MANIFEST}).json()
    return sum(int(layer["size"]) for layer in manifest["layers"]) / 1e6
