"""Put the comments' pictures on the branch `reports`: one commit, open pull requests' pictures alone.

Call: publish_pictures.py FOLDER, which holds a folder for each number.
Environment: NUMBERS (of the comments), HEAD_SHA, OPEN (the numbers of the open pull requests).
"""

import os
import re
import shutil
import sys
from pathlib import Path

from bot_git import git, repository_url, try_git, until_not_overtaken

BRANCH = "refs/heads/reports"
PICTURE = re.compile(r"[a-z_]{1,40}\.png")
LARGEST_PICTURE = 2_000_000


def publish_pictures(pictures: Path, numbers: list[str], commit: str, opened: set[str]) -> None:
    """Push; another run that was faster is no error: begin again from what it left."""
    places = {pictures / number: Path(number, commit) for number in numbers}
    until_not_overtaken(lambda folder: _push(folder, places, opened), BRANCH)


def _push(folder: Path, places: dict[Path, Path], opened: set[str]) -> str:
    git(folder, "init", "--quiet")
    old = git(folder, "ls-remote", repository_url(), BRANCH).split("\t")[0]
    if old:
        git(folder, "fetch", "--quiet", "--depth=1", repository_url(), BRANCH)
        git(folder, "read-tree", "-u", "-m", "FETCH_HEAD")
    for found in folder.iterdir():
        if found.name != ".git" and found.name not in opened:
            shutil.rmtree(found) if found.is_dir() else found.unlink()
    for pictures, place in places.items():
        _copy(pictures, folder / place)
    git(folder, "add", "--all")
    commit = git(folder, "commit-tree", "-m", "Pictures of the open pull requests' reports", git(folder, "write-tree"))
    lease = f"--force-with-lease={BRANCH}:{old}"
    done = try_git(folder, "push", "--quiet", lease, repository_url(), f"{commit}:{BRANCH}")
    return "overtaken" if done.returncode else "pushed"


def _copy(pictures: Path, place: Path) -> None:
    place.mkdir(parents=True, exist_ok=True)
    for picture in sorted(pictures.iterdir()):
        if PICTURE.fullmatch(picture.name) and picture.is_file() and not picture.is_symlink():
            if picture.stat().st_size > LARGEST_PICTURE or not picture.read_bytes().startswith(b"\x89PNG\r\n"):
                sys.exit(f"error: {picture}: not a picture of at most {LARGEST_PICTURE:,} bytes")
            shutil.copy(picture, place)


def main() -> None:
    numbers, commit, opened = os.environ["NUMBERS"].split(), os.environ["HEAD_SHA"], os.environ["OPEN"].split()
    known = all(re.fullmatch(r"\d+", number) and number in opened for number in numbers)
    if not (numbers and known and re.fullmatch(r"[0-9a-f]{40}", commit)):
        sys.exit(f"error: NUMBERS={numbers} HEAD_SHA={commit} OPEN={opened}")
    publish_pictures(Path(sys.argv[1]), numbers, commit, set(opened))


if __name__ == "__main__":
    main()
