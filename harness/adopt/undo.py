"""Files and folders that change together: all of them, or, whatever happens, none."""

import shutil
import signal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

ASIDE = Path(".dvc/tmp")  # on the same file system, and not git's


@contextmanager
def replaced(paths: Sequence[Path]) -> Iterator[None]:
    """Move the paths aside while the block makes new ones; any failure, Ctrl-C too, brings the old ones back."""
    ASIDE.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix="before-", dir=ASIDE))
    absent = [path for path in paths if not path.exists()]
    handlers = {number: signal.signal(number, _stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        for path in paths:
            if path not in absent:
                (aside / path).parent.mkdir(parents=True, exist_ok=True)
                path.rename(aside / path)
        yield
    except BaseException:
        for number in handlers:
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not stop this
        for path in paths:
            if path in absent or (aside / path).exists():
                _bring_back(aside / path, path)
        raise
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        shutil.rmtree(aside, ignore_errors=True)


def _bring_back(kept: Path, path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    if kept.exists():
        kept.rename(path)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
