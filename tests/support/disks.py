"""Real file systems with real faults: one that is full, and one whose disk answers nothing for a while."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

Freeze = Callable[[bool], object]


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of 64 kB."""
    with _mounted(folder, ["-t", "tmpfs", "-o", "size=64k", "tmpfs"]):
        yield folder


@contextmanager
def frozen_disk(folder: Path) -> Iterator[tuple[Path, Freeze]]:
    """A file system of its own, and what freezes it (every write waits then) or lets it go on."""
    image, frozen = folder.with_name(f"{folder.name}.img"), [False]
    with image.open("wb") as file:
        file.truncate(8_000_000)
    subprocess.run(["mkfs.ext4", "-q", str(image)], check=True)

    def freeze(on: bool) -> None:
        subprocess.run(["fsfreeze", "--freeze" if on else "--unfreeze", str(folder)], check=True)
        frozen[0] = on

    with _mounted(folder, ["-o", "loop", str(image)]):
        try:
            yield folder, freeze
        finally:
            if frozen[0]:
                freeze(False)


@contextmanager
def _mounted(folder: Path, what: list[str]) -> Iterator[None]:
    folder.mkdir()
    done = subprocess.run(["mount", *what, str(folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)
