"""Put a comment's pictures on the branch `reports`: one commit, open pull requests' pictures alone."""

import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from server import environment, git

BRANCH = "refs/heads/reports"
PICTURES = ("roc.png", "precision_recall.png", "calibration.png")
TRIES = 6
LARGEST = 2_000_000


def publish(pictures: Path, number: str, commit: str, opened: set[str]) -> None:
    """Push; another run that was faster is no error: begin again from what it left."""
    remote = f"{os.environ['GITHUB_SERVER_URL']}/{os.environ['GITHUB_REPOSITORY']}"
    for attempt in range(TRIES):
        with tempfile.TemporaryDirectory() as temporary:
            if _push(remote, Path(temporary), pictures, Path(number, commit), opened):
                return
        time.sleep(random.uniform(0.2, 1) * 2**attempt)  # noqa: S311 no secret
    sys.exit(f"error: {BRANCH} changed {TRIES} times while it was written")


def _push(remote: str, folder: Path, pictures: Path, place: Path, opened: set[str]) -> bool:
    git(folder, "init", "--quiet")
    old = git(folder, "ls-remote", remote, BRANCH).split("\t")[0]
    if old:
        git(folder, "fetch", "--quiet", "--depth=1", remote, BRANCH)
        git(folder, "read-tree", "-u", "-m", "FETCH_HEAD")
    for found in folder.iterdir():
        if found.name != ".git" and found.name not in opened:
            shutil.rmtree(found) if found.is_dir() else found.unlink()
    (folder / place).mkdir(parents=True, exist_ok=True)
    for picture in sorted(pictures.iterdir()):
        if picture.name in PICTURES and picture.is_file() and not picture.is_symlink():
            if picture.stat().st_size > LARGEST or not picture.read_bytes().startswith(b"\x89PNG\r\n"):
                sys.exit(f"error: {picture}: not a picture of at most {LARGEST:,} bytes")
            shutil.copy(picture, folder / place)
    git(folder, "add", "--all")
    commit = git(folder, "commit-tree", "-m", "Pictures of the open pull requests' reports", git(folder, "write-tree"))
    lease = f"--force-with-lease={BRANCH}:{old}"
    return (
        subprocess.run(
            ["git", "push", "--quiet", lease, remote, f"{commit}:{BRANCH}"], cwd=folder, env=environment(), check=False
        ).returncode
        == 0
    )


def main() -> None:
    number, commit, opened = os.environ["NUMBER"], os.environ["HEAD_SHA"], os.environ["OPEN"].split()
    if not (re.fullmatch(r"\d+", number) and re.fullmatch(r"[0-9a-f]{40}", commit) and number in opened):
        sys.exit(f"error: NUMBER={number} HEAD_SHA={commit} OPEN={opened}")
    publish(Path(sys.argv[1]), number, commit, set(opened))


if __name__ == "__main__":
    main()
