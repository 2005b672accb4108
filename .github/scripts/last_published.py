"""What was published last: its model, metrics and commit into a folder → output `publish`.

The record is a release for each published commit, tagged model-<commit>, made by the bot, of a commit of this history;
the last one is the furthest along it, whenever its release was made. Without a folder the question alone is asked.
Nothing is to be published where this commit is published already, or a newer one is: `latest` never moves back.
"""

import os
import re
import subprocess
import sys
import urllib.error
from pathlib import Path
from typing import Any

import github_api
from bot_git import BOT

TAG = re.compile(r"model-([0-9a-f]{40})")
ASSETS = ("model.onnx", "metrics.json")
LARGEST_ASSET = 2_000_000_000  # bytes; GitHub takes no larger one
LOOKED_BACK = 30  # releases: a job that is repeated late can be a month old
SIGNER = ".github/workflows/image.yml"


def find_last(commit: str) -> tuple[str, str, Any] | None:
    """Commit, how this commit stands to it, and release of the last published one.

    How: identical, ahead, behind (a newer one is published), or diverged, where none is of this history.
    """
    found = []
    for published, release in bot_releases()[:LOOKED_BACK]:
        status, ahead = _compare(published, commit)
        found.append(((status != "diverged", -ahead), (published, status, release)))
    return max(found, key=lambda item: item[0])[1] if found else None


def why_not(commit: str) -> str:
    """Why there is nothing to publish; empty if there is something."""
    last = find_last(commit)
    if last is None or last[1] in {"ahead", "diverged"}:
        return ""
    return "this commit is published" if last[1] == "identical" else f"a newer commit is published: {last[0]}"


def bot_releases() -> list[tuple[str, Any]]:
    """Commit and release of what the bot published, the newest release first."""
    found = [
        (match[1], release)
        for release in github_api.pages("releases")
        if (match := TAG.fullmatch(release["tag_name"])) and not release["draft"]
    ]
    for commit, release in found:
        if release["author"]["login"] != BOT:
            print(f"::warning::the release model-{commit} was not made by the bot, so it is left out")
    ours = [(commit, release) for commit, release in found if release["author"]["login"] == BOT]
    return sorted(ours, key=lambda item: str(item[1]["published_at"]), reverse=True)


def _compare(old: str, new: str) -> tuple[str, int]:
    """How `new` stands to `old`, and by how many commits it is ahead; diverged, too, where GitHub does not know one."""
    try:  # the first page alone would list the files
        answer = github_api.get_json(f"compare/{old}...{new}", per_page=1, page=2)
    except urllib.error.HTTPError as error:
        if error.code != 404:
            raise
        return "diverged", 0  # the history was rewritten; that the gate tells
    return str(answer["status"]), int(answer["ahead_by"]) - int(answer["behind_by"])


def save(commit: str, release: Any, folder: Path) -> None:
    """Download the record's files and say in `refused` why they are not to be believed.

    A file that is missing is told by who needs it.
    """
    reasons = []
    for asset in release["assets"]:
        if asset["name"] in ASSETS:
            path = f"releases/assets/{int(asset['id'])}"
            content = github_api.get(path, most=LARGEST_ASSET, accept="application/octet-stream")
            (folder / asset["name"]).write_bytes(content)
            if asset["uploader"]["login"] != BOT:
                reasons.append(f"{asset['name']} of the release model-{commit} was replaced, and not by the bot")
    if os.environ["ATTESTATIONS"] == "on" and (folder / "model.onnx").exists() and not reasons:
        reasons += why_unverified(commit, folder / "model.onnx")
    if reasons:
        (folder / "refused").write_text("; ".join(reasons) + "\n", "utf-8")
        print(f"::error::{reasons[0]}")


def why_unverified(commit: str, model: Path) -> list[str]:
    """Why the model's attestation does not hold; empty if it does."""
    repository, event = os.environ["GITHUB_REPOSITORY"], github_api.event()
    command = ["gh", "attestation", "verify", str(model), f"--repo={repository}"]
    command += [f"--signer-workflow={repository}/{SIGNER}", f"--source-digest={commit}"]
    command += [f"--source-ref=refs/heads/{event['repository']['default_branch']}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    print(done.stdout + done.stderr)
    if done.returncode == 0:
        return []
    return [f"the model of the release model-{commit} has no attestation that {SIGNER} signed for this commit of main"]


def main() -> None:
    commit = os.environ["GITHUB_SHA"]
    last, reason = find_last(commit), why_not(commit)
    if reason:
        print(f"::notice::nothing to publish: {reason}")
    elif len(sys.argv) > 1:
        folder = Path(sys.argv[1])
        folder.mkdir(parents=True)
        (folder / "commit").write_text(f"{last[0] if last else ''}\n")
        if last:
            save(last[0], last[2], folder)
    print(f"last published: {last[0] if last else 'nothing yet'}")
    github_api.write_output("publish", "false" if reason else "true")


if __name__ == "__main__":
    main()
