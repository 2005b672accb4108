"""Files that change together while a command runs, and come back as they were if it does not reach its end."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.core.files import write_bytes


@contextmanager
def restoring(paths: Iterable[Path]) -> Iterator[None]:
    """Bring the files back if the block fails or is stopped; a file that was not there goes again."""
    before = {path: path.read_bytes() if path.exists() else None for path in paths}
    try:
        yield
    except BaseException:
        for path, content in before.items():
            if content is None:
                path.unlink(missing_ok=True)
            elif not path.exists() or path.read_bytes() != content:
                write_bytes(path, content)
        raise
