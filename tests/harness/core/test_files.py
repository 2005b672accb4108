"""Files are whole or not there, and who fails to write one says which."""

import errno
from pathlib import Path

import pytest

from harness.core.command import run
from harness.core.files import replacing


def fill(path: Path) -> None:
    with replacing(path) as temporary, temporary.open("wb") as file:
        file.write(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_told_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"before")
    with pytest.raises(SystemExit, match=rf"error: {path}: No space left on device"):
        run(fill, path)
    assert [found.read_bytes() for found in tmp_path.iterdir()] == [b"before"]
