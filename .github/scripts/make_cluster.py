"""Make a kind cluster and run deploy/kubernetes/staging on it. Call: make_cluster.py IMAGE.

It must get ready under restricted pod security, answer, and be rolled out again.
"""

import json
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

KIND = Path.home() / "go/bin/kind"
NAMESPACE = "--namespace=model-staging"
PORT = 3800


def main(image: str) -> None:
    _run(str(KIND), "create", "cluster", "--wait=300s")
    _run(str(KIND), "load", "docker-image", image)
    overlay = Path("deploy/kubernetes/staging/kustomization.yaml")
    lines = overlay.read_text("utf-8").splitlines()
    name, _, tag = image.partition(":")
    # What was loaded by hand has no digest.
    changed = [line for line in lines if not line.strip().startswith("digest:")]
    text = "\n".join(changed).replace("newName: ghcr.io/owner/repository", f"newName: {name}\n    newTag: {tag}")
    overlay.write_text(text + "\n", "utf-8")
    _run("kubectl", "apply", "--kustomize", str(overlay.parent))
    _run("kubectl", NAMESPACE, "rollout", "status", "deployment/model", "--timeout=180s")
    forward = ["kubectl", NAMESPACE, "port-forward", "service/model", f"{PORT}:80"]
    with subprocess.Popen(forward) as running:
        try:
            _ask()
        finally:
            running.terminate()
    _run("kubectl", NAMESPACE, "rollout", "restart", "deployment/model")
    _run("kubectl", NAMESPACE, "rollout", "status", "deployment/model", "--timeout=180s")


def _ask() -> None:
    for _ in range(30):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/model", timeout=5) as answer:
                print(json.load(answer)["version"])
                return
        except OSError:
            time.sleep(1)
    sys.exit("error: /model does not answer")


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main(sys.argv[1])
