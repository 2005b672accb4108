"""The one way in which the project runs another program: git, DVC, a container engine, pip-audit."""

import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from harness.core.command import STOP_IS_TOLD
from harness.core.dvc_locks import forget_ended
from harness.core.errors import ProjectError
from harness.core.paths import DVC_TMP

PATIENCE = 5  # seconds that a program has to tidy up
SUMMARY = re.compile(r"failed to (push|pull) data (to|from) the cloud - \d+ files? failed")
PREFIX = re.compile(r"^(unexpected error|configuration error|failed to (push|pull) data (to|from) the cloud) - ")
# What DVC advises at a run's end. Results are main's to record, and our own lines say what is to be pushed.
HINTS = re.compile(r"To track the changes|\tgit add |To enable auto staging|\tdvc config core.autostage|Use `dvc push`")
AMAZON = re.compile(r"([^.:]*)[.:]* ?An error occurred \((\w+)\) when calling the (\w+) operation: .*")


def try_program(
    *command: str,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    text: str | None = None,
    shown: bool = False,
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, its output kept; what a failure means is the caller's to say.

    `text` is its standard input; `environment` is added to this process's own; with `shown` its standard output is not
    kept but shown as it comes. Raises ProjectError if there is no such program.
    """
    try:
        return subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            input=text,
            stdin=None if text is not None else subprocess.DEVNULL,
            stdout=None if shown else subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except FileNotFoundError:
        raise ProjectError(f"{command[0]} is not installed") from None


def watch_program(
    *command: str,
    environment: Mapping[str, str] | None = None,
    hides: re.Pattern[str] | None = None,
    deaf: bool = False,
) -> int:
    """Run a program and show its output as it comes; returns its exit code. Raises ProjectError if there is no such.

    `hides` matches the start of lines of its standard output that nobody needs. Whatever ends this early, a signal or
    Ctrl-C, ends the program too and all that it has started; a `deaf` one does not hear Ctrl-C itself.
    """
    output = subprocess.PIPE if hides else None
    told = {**os.environ, **(environment or {})}
    try:
        with _ignoring_ctrl_c() if deaf else nullcontext():
            process = subprocess.Popen(command, env=told, stdout=output, encoding="utf-8", errors="replace")
    except FileNotFoundError:
        raise ProjectError(f"{command[0]} is not installed") from None
    try:
        if hides and process.stdout:
            with process.stdout:
                _pass_on(process.stdout, hides)
        return process.wait()
    except BaseException:
        _end_with_children(process.pid)
        process.wait()
        raise


def _pass_on(lines: Iterable[str], hides: re.Pattern[str]) -> None:
    """Print the lines that are not hidden, and the empty ones between them."""
    empty = 0
    for line in lines:
        if not line.strip():
            empty += 1
        elif not hides.match(line):
            print("\n" * empty + line, end="", flush=True)
            empty = 0


def watch_dvc(*arguments: str) -> int:
    """Run a DVC command and show its output without DVC's hints; returns its exit code.

    Ctrl-C ends it, but without a word of its own: DVC and a stage that is being loaded would print tracebacks.
    """
    forget_ended(DVC_TMP / "rwlock")
    return watch_program(
        "dvc", *arguments, environment={"PYTHONUNBUFFERED": "1", STOP_IS_TOLD: "1"}, hides=HINTS, deaf=True
    )


@contextmanager
def _ignoring_ctrl_c() -> Iterator[None]:
    """What is started in the block ignores it for good; this process ignores it for these milliseconds."""
    if threading.current_thread() is not threading.main_thread():  # others may not handle signals
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _end_with_children(pid: int) -> None:
    """Ends the stages too: one that outlives its DVC would go on writing while the earlier results are restored."""
    import psutil  # noqa: PLC0415  most commands run nothing that lasts

    try:
        first = psutil.Process(pid)
        family = [first, *first.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for each in family:
        with suppress(psutil.NoSuchProcess):
            each.terminate()
    _, left = psutil.wait_procs(family, timeout=PATIENCE)
    for each in left:
        with suppress(psutil.NoSuchProcess):
            each.kill()


def run_program(*command: str, folder: Path | None = None, environment: Mapping[str, str] | None = None) -> str:
    """What a program prints. Raises ProjectError with the last line of its errors if it fails."""
    done = try_program(*command, folder=folder, environment=environment)
    if done.returncode:
        lines = (done.stderr.strip() or done.stdout.strip() or "failed").splitlines()
        raise ProjectError(f"{' '.join(command[:2])}: {lines[-1]}")
    return done.stdout.rstrip("\n")


def git(*arguments: str, folder: Path | None = None) -> str:
    """What a git command prints. Raises ProjectError with git's first line if it fails."""
    done = try_program("git", *arguments, folder=folder)
    if done.returncode:
        raise ProjectError(f"git {arguments[0]}: {(done.stderr.strip() or 'failed').splitlines()[0]}")
    return done.stdout.rstrip("\n")


def git_succeeds(*arguments: str, folder: Path | None = None) -> bool:
    """Whether a git command that answers a question says yes."""
    return try_program("git", *arguments, folder=folder).returncode == 0


def dvc(*arguments: str, folder: Path | None = None, environment: Mapping[str, str] | None = None) -> str:
    """What a DVC command prints. Raises ProjectError with DVC's reason, and with the package that is missing."""
    done = try_program("dvc", *arguments, folder=folder, environment=environment)
    if done.returncode:
        raise ProjectError(f"dvc {arguments[0]}: {dvc_reason(done.stderr)}")
    return done.stdout.rstrip("\n")


def dvc_reason(stderr: str) -> str:
    """DVC's own reason, in one line: the first that it gives, not how many files it is about."""
    lines = [line for line in stderr.strip().splitlines() if not line.startswith("Having any troubles")]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR")] or lines
    errors = [line for line in errors if not SUMMARY.match(line)] or errors or ["failed without a word"]
    reason = PREFIX.sub("", errors[0])
    if plugin := re.search(r"requires '(dvc-[\w-]+)' to be installed", reason):
        return f"needs the package {plugin[1]}: add it to the group pipeline in pyproject.toml, then: make lock"
    if section := re.search(r"expected 'url' .*\['remote'\]\['([^']+)'\]", reason):
        return f".dvc/config.local: the remote {section[1]} has no url, which this commit needs: docs/remote.md"
    return AMAZON.sub(r"\1 (\2 from \3)", reason)
