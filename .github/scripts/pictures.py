"""Put a comment's pictures on the branch `reports`: one commit, open pull requests' pictures alone."""

import base64
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

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
    _git(folder, "init", "--quiet")
    old = _git(folder, "ls-remote", remote, BRANCH).split("\t")[0]
    if old:
        _git(folder, "fetch", "--quiet", "--depth=1", remote, BRANCH)
        _git(folder, "read-tree", "-u", "-m", "FETCH_HEAD")
    for found in folder.iterdir():
        if found.name != ".git" and found.name not in opened:
            shutil.rmtree(found) if found.is_dir() else found.unlink()
    (folder / place).mkdir(parents=True, exist_ok=True)
    for picture in sorted(pictures.iterdir()):
        if picture.name in PICTURES and picture.is_file() and not picture.is_symlink():
            if picture.stat().st_size > LARGEST or not picture.read_bytes().startswith(b"\x89PNG\r\n"):
                sys.exit(f"error: {picture}: not a picture of at most {LARGEST:,} bytes")
            shutil.copy(picture, folder / place)
    _git(folder, "add", "--all")
    commit = _git(
        folder, "commit-tree", "-m", "Pictures of the open pull requests' reports", _git(folder, "write-tree")
    )
    lease = f"--force-with-lease={BRANCH}:{old}"
    return (
        subprocess.run(
            ["git", "push", "--quiet", lease, remote, f"{commit}:{BRANCH}"], cwd=folder, env=_environment(), check=False
        ).returncode
        == 0
    )


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", *arguments]
    return subprocess.run(
        command, cwd=folder, env=_environment(), stdout=subprocess.PIPE, text=True, check=True
    ).stdout.strip()


def _environment() -> dict[str, str]:
    """An author, and the token as a setting: on a command line others could read it."""
    person = {f"GIT_{who}_NAME": "github-actions[bot]" for who in ("AUTHOR", "COMMITTER")}
    address = {f"GIT_{who}_EMAIL": "github-actions[bot]@users.noreply.github.com" for who in ("AUTHOR", "COMMITTER")}
    login = base64.b64encode(f"x-access-token:{os.environ['GITHUB_TOKEN']}".encode()).decode()
    setting = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"http.{os.environ['GITHUB_SERVER_URL']}/.extraheader",
        "GIT_CONFIG_VALUE_0": f"AUTHORIZATION: basic {login}",
    }
    return {**os.environ, **person, **address, **setting}


def main() -> None:
    number, commit, opened = os.environ["NUMBER"], os.environ["HEAD_SHA"], os.environ["OPEN"].split()
    if not (re.fullmatch(r"\d+", number) and re.fullmatch(r"[0-9a-f]{40}", commit) and number in opened):
        sys.exit(f"error: NUMBER={number} HEAD_SHA={commit} OPEN={opened}")
    publish(Path(sys.argv[1]), number, commit, set(opened))


if __name__ == "__main__":
    main()
