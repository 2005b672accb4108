"""What the benchmarks share: a clone of this repository to work in, and a command's time and peak memory."""

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).resolve().parents[1]
MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes


@dataclass(frozen=True)
class Run:
    """A finished command: seconds, those of the processor, peak memory in GB (not its children's), and its output."""

    seconds: float
    busy: float
    peak: float
    output: str
    read: int = 0  # bytes, from the disk or the system's cache; 0 where the system does not count them


@contextmanager
def cloned() -> Iterator[Path]:
    """A clone of this repository's last commit, removed in the end; what is not committed is not in it."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        yield clone


def run(command: Sequence[str], folder: Path) -> Run:
    """Run a command in a clone, as from a fresh shell. Exits with what it printed if it fails.

    The peak is at least what this process takes itself (Linux carries it over), so numpy is not imported here.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8") as printed:
        start = perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=_environment(folder), stdout=printed, stderr=subprocess.STDOUT
        )
        read = bytes_read(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        printed.seek(0)
        output = printed.read()
    if process.returncode:
        sys.exit(f"error: {' '.join(command)} in {folder} ended with {process.returncode}:\n{output}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * MAXRSS_UNIT / 1e9, output, read)


def bytes_read(process: int) -> int:
    """What a process has read in its life, once it has ended."""
    if not Path("/proc/self/io").exists():
        return 0
    os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT)
    counted = dict(line.split(": ") for line in Path(f"/proc/{process}/io").read_text("ascii").splitlines())
    return int(counted["rchar"])


def own_peak() -> float:
    """Peak memory of this process so far, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MAXRSS_UNIT / 1e9


def verdict(value: float, target: float, unit: str) -> str:
    """What a figure is held against, and whether it holds."""
    return f"target ≤ {target:g} {unit}".rstrip() + (": met" if value <= target else ": MISSED")


def _environment(folder: Path) -> dict[str, str]:
    """The clone's .venv activated, and nothing of what `make bench` exports."""
    foreign = {"MAKEFLAGS", "MAKEOVERRIDES", "MAKELEVEL", "MFLAGS", "ARGS", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE"}
    kept = {name: value for name, value in os.environ.items() if name not in foreign}
    return kept | {"PATH": f"{folder / '.venv/bin'}:{os.environ['PATH']}"}
