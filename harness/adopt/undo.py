"""Files and folders that change together: all of them, or, whatever happens, none."""

import shutil
import signal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness.core.paths import DVC_TMP  # on the same file system, and not git's


@contextmanager
def replaced(paths: Sequence[Path]) -> Iterator[None]:
    """Move the paths aside while the block makes new ones; any failure, a signal's too, brings the old ones back."""
    DVC_TMP.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix="before-", dir=DVC_TMP))
    absent = [path for path in paths if not path.exists()]
    try:
        for path in paths:
            if path not in absent:
                (aside / path).parent.mkdir(parents=True, exist_ok=True)
                path.rename(aside / path)
        yield
    except BaseException:
        with _undisturbed():
            for path in paths:
                if path in absent or (aside / path).exists():
                    _bring_back(aside / path, path)
        raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A second Ctrl-C must not stop what undoes the first one's harm."""
    handlers = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _bring_back(kept: Path, path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    if kept.exists():
        kept.rename(path)
