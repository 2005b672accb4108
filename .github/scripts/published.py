"""What was published last: its model, metrics and commit into a folder → output `publish`.

The record is a release for each published commit, tagged model-<commit>. Without a folder the question alone is asked.
Nothing is to be published where this commit is published already, or a newer one is: `latest` never moves back.
"""

import os
import re
import sys
import urllib.error
from pathlib import Path
from typing import Any

import api

TAG = re.compile(r"model-([0-9a-f]{40})")
ASSETS = ("model.onnx", "metrics.json")
LARGEST = 2_000_000_000  # bytes; GitHub takes no larger asset


def find_last() -> tuple[str, Any] | None:
    """Commit and release of the newest record."""
    found = [
        (release["published_at"], match[1], release)
        for release in api.pages("releases")
        if (match := TAG.fullmatch(release["tag_name"])) and not release["draft"]
    ]
    return max(found, key=lambda item: item[:2])[1:] if found else None


def why_not(last: str, commit: str) -> str:
    """Why there is nothing to publish; empty if there is something."""
    if last == commit:
        return "this commit is published"
    try:  # the first page alone would list the files
        status = api.get_json(f"compare/{last}...{commit}", per_page=1, page=2)["status"]
    except urllib.error.HTTPError as error:
        if error.code != 404:
            raise
        return ""  # the history was rewritten; that the gate tells
    return f"a newer commit is published: {last}" if status == "behind" else ""


def save(release: Any, folder: Path) -> None:
    """Download the record's files; one that is missing is told by who needs it."""
    for asset in release["assets"]:
        if asset["name"] in ASSETS:
            content = api.get(f"releases/assets/{int(asset['id'])}", most=LARGEST, accept="application/octet-stream")
            (folder / asset["name"]).write_bytes(content)


def main() -> None:
    commit, last = os.environ["GITHUB_SHA"], find_last()
    reason = why_not(last[0], commit) if last else ""
    if reason:
        print(f"::notice::nothing to publish: {reason}")
    elif len(sys.argv) > 1:
        folder = Path(sys.argv[1])
        folder.mkdir(parents=True)
        (folder / "commit").write_text(f"{last[0] if last else ''}\n")
        if last:
            save(last[1], folder)
    print(f"last published: {last[0] if last else 'nothing yet'}")
    api.write_output("publish", "false" if reason else "true")


if __name__ == "__main__":
    main()
