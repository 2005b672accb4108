"""Bring what was published as a version, once it is sure to be that. Call: find_version.py VERSION FOLDER.

Whoever may push may add a tag, so the tag is not believed: its commit must have a release that the bot made, with files
that the bot uploaded; the tag must give the hashes of its model and image; the commit must be of the default branch's
history; and model and image must be attested (ATTESTATIONS=on). One line says what is wrong.
"""

import hashlib
import os
import re
import subprocess
import sys
import urllib.error
from pathlib import Path
from typing import Any

import github_api
from bot_git import BOT
from last_published import LARGEST_ASSET, SIGNER

ASSETS = ("model.onnx", "metrics.json", "image.txt")


def bring(version: str, folder: Path) -> None:
    """Download the release's files and check them; the commit is written beside them."""
    commit, facts = _tagged(version)
    release = _release(version, commit)
    _check_history(version, commit)
    folder.mkdir(parents=True, exist_ok=True)
    for asset in [asset for asset in release["assets"] if asset["name"] in ASSETS]:
        if asset["uploader"]["login"] != BOT:
            sys.exit(f"error: {version}: {asset['name']} of its release was replaced, and not by the bot")
        path = f"releases/assets/{int(asset['id'])}"
        content = github_api.get(path, most=LARGEST_ASSET, accept="application/octet-stream")
        (folder / asset["name"]).write_bytes(content)
    missing = [name for name in ASSETS if not (folder / name).exists()]
    if missing:
        sys.exit(f"error: {version}: its release holds no {missing[0]}")
    found = hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()
    image = (folder / "image.txt").read_text("utf-8").strip()
    for what, recorded, held in (("Model", facts.get("Model"), found), ("Image", facts.get("Image"), image)):
        if recorded != held:
            sys.exit(f"error: {version}: {what.lower()} of its release is {held[:80]!a}, its tag says {recorded!a}")
    if os.environ["ATTESTATIONS"] == "on":
        for what, subject in (("model", str(folder / "model.onnx")), ("image", f"oci://{image}")):
            _check_attested(version, commit, what, subject)
    (folder / "commit").write_text(f"{commit}\n", "utf-8")
    print(f"{version}: {commit}, {image}")


def _tagged(version: str) -> tuple[str, dict[str, str]]:
    """The commit of a version and what its tag says."""
    if not re.fullmatch(r"v\d+\.\d+\.\d+", version, re.ASCII):
        sys.exit(f"error: {version!a}: must be a version such as v1.2.0")
    refs = github_api.get_json(f"git/matching-refs/tags/model@{version}")
    found = [ref["object"] for ref in refs if ref["ref"] == f"refs/tags/model@{version}"]
    if not found or found[0]["type"] != "tag":
        sys.exit(f"error: {version}: no such version")
    tag = github_api.get_json(f"git/tags/{found[0]['sha']}")
    return str(tag["object"]["sha"]), dict(re.findall(r"^([A-Z][a-z]+): ([^\r\n]+)$", tag["message"], re.MULTILINE))


def _release(version: str, commit: str) -> Any:
    try:
        release = github_api.get_json(f"releases/tags/model-{commit}")
    except urllib.error.HTTPError as error:
        if error.code != 404:
            raise
        sys.exit(f"error: {version}: there is no release model-{commit}")
    if release["author"]["login"] != BOT:
        sys.exit(f"error: {version}: its release was not made by the bot")
    return release


def _check_history(version: str, commit: str) -> None:
    branch = github_api.event()["repository"]["default_branch"]
    tip = github_api.get_json(f"git/ref/heads/{branch}")["object"]["sha"]
    status = github_api.get_json(f"compare/{commit}...{tip}", per_page=1, page=2)["status"]
    if status not in {"ahead", "identical"}:
        sys.exit(f"error: {version}: its commit {commit} is not of {branch}'s history")


def _check_attested(version: str, commit: str, what: str, subject: str) -> None:
    repository, branch = os.environ["GITHUB_REPOSITORY"], github_api.event()["repository"]["default_branch"]
    command = ["gh", "attestation", "verify", subject, f"--repo={repository}"]
    command += [f"--signer-workflow={repository}/{SIGNER}", f"--source-digest={commit}"]
    done = subprocess.run([*command, f"--source-ref=refs/heads/{branch}"], capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stdout + done.stderr)
        sys.exit(f"error: {version}: its {what} has no attestation that {SIGNER} signed for {commit}")


def main() -> None:
    bring(sys.argv[1], Path(sys.argv[2]))


if __name__ == "__main__":
    main()
