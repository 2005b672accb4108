"""Let a stage run an image, by digest, or, without IMAGE, nothing. What ran before is replaced, never joined.

Environment: IMAGE, STAGE, and of the stage's environment DEPLOY: none; compose (DEPLOY_HOST, DEPLOY_KNOWN_HOSTS and
the secret key); kubernetes (DEPLOY_NAMESPACE and the secret kubeconfig, or DEPLOY_SERVER, DEPLOY_CA and
DEPLOY_AUDIENCE, where the cluster believes GitHub's tokens). The secret is DEPLOY_SECRET.
"""

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from project_folder import prefix

COMPOSE, SERVICE = "deploy/compose.yaml", "model"
SHOWN = 2000  # characters of what a program prints; manifests are longer, and of no use in the log
DIGEST = re.compile(r"\w[\w.:/-]*@sha256:[0-9a-f]{64}", re.ASCII)
SSH = tuple(f"-o{option}" for option in ("BatchMode=yes", "ConnectTimeout=30", "IdentitiesOnly=yes",
                                         "StrictHostKeyChecking=yes"))  # fmt: skip
WITHIN = "300"  # seconds until a cluster must be ready


def compose(image: str, folder: Path) -> None:
    """Over ssh: fetch the image first, so that one that is not to be had changes nothing; then exchange the service."""
    host = _needed("DEPLOY_HOST")
    (folder / "key").touch(0o600)
    (folder / "key").write_text(f"{_needed('DEPLOY_SECRET').strip()}\n")
    (folder / "known").write_text(_needed("DEPLOY_KNOWN_HOSTS") + "\n")
    ssh = ["ssh", "-i", str(folder / "key"), "-o", f"UserKnownHostsFile={folder}/known", *SSH, "--", host]
    file = Path(f"{prefix()}{COMPOSE}").read_text("utf-8")
    name = f"IMAGE={shlex.quote(image or 'none')} docker compose --project-name model --file -"
    if not image:
        _run([*ssh, f"{name} rm --stop --force {SERVICE}"], file)
        return
    _run([*ssh, f"docker image inspect {shlex.quote(image)} >/dev/null 2>&1 || docker pull {shlex.quote(image)}"])
    _run([*ssh, f"{name} up --detach --no-deps {SERVICE}"], file)


def kubernetes(image: str, folder: Path) -> None:
    """Apply the stage's overlay with the image, and wait until its pods alone answer."""
    access = [*_access(folder), f"--namespace={_needed('DEPLOY_NAMESPACE')}"]
    if not image:
        # Not scaled to 0: the manifests have no `replicas`, so the next deployment would stay there.
        _run(["kubectl", *access, "delete", "deployment/model", "--ignore-not-found"])
        return
    overlay = Path(f"{prefix()}deploy/kubernetes") / os.environ["STAGE"]
    if not overlay.is_dir():
        sys.exit(f"error: {overlay}: no such overlay")
    _run(["kustomize", "edit", "set", "image", f"model={image}"], folder=overlay)
    rendered = _run(["kustomize", "build", str(overlay)])
    _run(["kubectl", *access, "apply", "--filename=-"], rendered)
    within = f"--timeout={os.environ.get('ROLLOUT_WITHIN') or WITHIN}s"
    _run(["kubectl", *access, "rollout", "status", "deployment/model", within])


def _access(folder: Path) -> list[str]:
    """How the cluster is told who asks: by GitHub's own token for this run, or by the secret."""
    if not os.environ.get("DEPLOY_AUDIENCE"):
        (folder / "config").touch(0o600)
        (folder / "config").write_text(_needed("DEPLOY_SECRET"))
        return [f"--kubeconfig={folder}/config"]
    request = urllib.request.Request(  # noqa: S310 the runner's own address
        f"{os.environ['ACTIONS_ID_TOKEN_REQUEST_URL']}&audience={os.environ['DEPLOY_AUDIENCE']}",
        headers={"Authorization": f"Bearer {os.environ['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 the runner's own address
        token = json.load(answer)["value"]
    print(f"::add-mask::{token}")
    (folder / "ca").write_text(_needed("DEPLOY_CA"))
    cluster = {"server": _needed("DEPLOY_SERVER"), "certificate-authority": str(folder / "ca")}
    named = {"clusters": [{"name": "c", "cluster": cluster}], "users": [{"name": "u", "user": {"token": token}}]}
    context = {"contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}], "current-context": "x"}
    (folder / "config").touch(0o600)
    (folder / "config").write_text(json.dumps({"apiVersion": "v1", "kind": "Config", **named, **context}))
    return [f"--kubeconfig={folder}/config"]


def _needed(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        sys.exit(f"error: {name} is missing: docs/deploy.md")
    return value


def _run(command: Sequence[str], text: str | None = None, folder: Path | None = None) -> str:
    """What a program prints, which ends all if it fails: its last line says why."""
    done = subprocess.run(
        command, input=text, cwd=folder, capture_output=True, text=True, errors="backslashreplace", check=False
    )
    print(done.stdout if len(done.stdout) < SHOWN else "", done.stderr, file=sys.stderr)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["failed"]
        sys.exit(f"error: {command[0]}: {lines[-1].removeprefix('error: ')}")
    return done.stdout


def main() -> None:
    how, image = os.environ.get("DEPLOY") or "none", os.environ["IMAGE"]
    if image and not DIGEST.fullmatch(image):
        sys.exit(f"error: IMAGE={image!a}: must be a name with its digest")
    if how == "none":
        print("::notice::DEPLOY is none: the stage is recorded, and nothing is deployed (docs/deploy.md)")
        return
    if how not in {"compose", "kubernetes"}:
        sys.exit(f"error: DEPLOY={how!a}: must be none, compose or kubernetes")
    with tempfile.TemporaryDirectory() as folder:
        (compose if how == "compose" else kubernetes)(image, Path(folder))


if __name__ == "__main__":
    main()
