"""How every command ends: with its result, with one line about bad input, or stopped by a signal."""

import atexit
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

from harness.core.errors import ProjectError

Result = TypeVar("Result")
STOP_IS_TOLD = "STOP_IS_TOLD"  # set for what a command runs and ends: the command says that it was stopped
STOPPED = "error: stopped; nothing was written"
# While packages are loaded, hundreds of thousands of objects come and stay: looked at every 700, they take a tenth of a
# second more. Whoever imports this first has it for all that follows.
gc.set_threshold(50_000, 20, 20)


def run(command: Callable[..., Result], *args: Any) -> Result:
    """Run a command and return its result; a ProjectError or I/O error ends it with one line and exit code 1."""
    atexit.register(gc.freeze)  # Python's last collection would look at every object of scikit-learn for half a second
    if signal.getsignal(signal.SIGINT) == _leave:
        signal.signal(signal.SIGINT, _stop)  # from now on there is something to tidy up
    try:
        return command(*args)
    except ProjectError as error:
        sys.exit(f"error: {error}")
    except OSError as error:
        sys.exit(f"error: {error.filename or 'input/output'}: {error.strerror or error}")


def exit_on_signals() -> None:
    """Ctrl-C and other signals end the command with one line, after it has tidied up."""
    _on_signals(_stop)


@contextmanager
def tidy_when_terminated() -> Iterator[None]:
    """In the block SIGTERM and SIGHUP, which would end Python at once, end it as an error does, if nobody has a say."""
    named = [getattr(signal, name, None) for name in ("SIGTERM", "SIGHUP")]  # Windows has no SIGHUP
    only_here = threading.current_thread() is threading.main_thread()  # others may not handle signals
    ours = [number for number in named if number and only_here and signal.getsignal(number) == signal.SIG_DFL]
    try:
        for number in ours:
            signal.signal(number, _stop)
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def collect_signals() -> list[signal.Signals]:
    """A list to which each signal to stop is added from now on, for a loop that looks at it between two steps.

    An exception raised by a signal handler may appear where a library (tqdm) or Python (`__del__`) catches it; then the
    loop would go on. Or it may appear when only one of two files is in its place.
    """
    come: list[signal.Signals] = []
    _on_signals(lambda number, _frame: come.append(signal.Signals(number)))
    return come


def _stop(_number: int, _frame: FrameType | None) -> None:
    sys.exit(1 if STOP_IS_TOLD in os.environ else STOPPED)


def _leave(_number: int, _frame: FrameType | None) -> None:
    """While packages are loaded, which may print an exception, or take it for an error of their own."""
    print(STOPPED, file=sys.stderr, flush=True)
    os._exit(1)


def _leave_while_loading() -> None:
    """Of `python -m src.train`, which imports this module before all that takes time."""
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    stage = spec is not None and spec.name.startswith("src.")
    if stage and signal.getsignal(signal.SIGINT) == signal.default_int_handler:  # not what somebody made deaf
        signal.signal(signal.SIGINT, _leave)


_leave_while_loading()


def _on_signals(handler: Callable[[int, FrameType | None], None]) -> None:
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number and signal.getsignal(number) != signal.SIG_IGN:  # as nohup sets it
            signal.signal(number, handler)


@contextmanager
def exit_at_once() -> Iterator[None]:
    """If the block exits with a message, end the process without shutting Python down: for readers of CSV files.

    A thread of Arrow that reads ahead holds Python objects, and would abort Python while it shuts down.
    """
    try:
        yield
    except SystemExit as error:
        sys.stdout.flush()
        print(error.code, file=sys.stderr, flush=True)
        os._exit(1)
