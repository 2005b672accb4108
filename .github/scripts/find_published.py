"""Bring the published models into a folder, as <commit>.onnx, where a rule is held against the best of them.

Call: find_published.py PARAMS FOLDER. Without such a rule (max_drop_from_best, max_rise_from_best) none is brought.
Environment: BASE, a commit whose rules count too, for they judge a pull request; ATTESTATIONS, on where each model's
attestation must hold: one that is not to be believed is left out; FETCH, on where the models' commits are fetched too:
they say which rows a model was trained on.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import github_api
from bot_git import BOT, repository_url, try_git
from last_published import LARGEST_ASSET, bot_releases, why_unverified

RULE = "_from_best"  # the end of such a rule's name
MOST = 30  # models, the newest
LARGEST = 1_000_000_000  # bytes of all together


def bring(folder: Path) -> None:
    """Write the models, the newest first, until they are many or large."""
    folder.mkdir(parents=True, exist_ok=True)
    size = 0
    for commit, release in bot_releases()[:MOST]:
        path = folder / f"{commit}.onnx"
        content = _model(release)
        size += len(content)
        if size > LARGEST:
            print(f"::notice::published models of more than {LARGEST:,} bytes: the older ones are left out")
            return
        path.write_bytes(content)
        reasons = ["no model of the bot is in it"] if not content else []
        if not reasons and os.environ.get("ATTESTATIONS") == "on":
            reasons = why_unverified(commit, path)
        if reasons:
            path.unlink()
            print(f"::warning::the release model-{commit} is left out: {reasons[0]}")


def _model(release: Any) -> bytes:
    """The model file of a release; empty without one that the bot uploaded."""
    for asset in release["assets"]:
        if asset["name"] == "model.onnx" and asset["uploader"]["login"] == BOT:
            path = f"releases/assets/{int(asset['id'])}"
            return github_api.get(path, most=LARGEST_ASSET, accept="application/octet-stream")
    return b""


def _rules(params: Path) -> Iterator[str]:
    """The params.yaml that may hold such a rule: this one, and the base's."""
    if params.exists():
        yield params.read_text("utf-8", errors="replace")
    if base := os.environ.get("BASE"):
        yield try_git(params.parent, "show", f"{base}:./{params.name}").stdout


def main() -> None:
    params, folder = map(Path, sys.argv[1:3])
    if not any(RULE in rules for rules in _rules(params)):
        print("no rule compares with the best published model")
        return
    bring(folder)
    found = sorted(path.stem for path in folder.glob("*.onnx"))
    print(f"{len(found)} published models")
    missing = [commit for commit in found if try_git(Path(), "cat-file", "-e", f"{commit}^{{commit}}").returncode]
    if missing and os.environ.get("FETCH") == "on":
        try_git(Path(), "fetch", "--quiet", "--depth=1", repository_url(), *missing, stderr=None)


if __name__ == "__main__":
    main()
