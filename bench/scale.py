"""How each stage grows with the rows: seconds, memory, bytes read, the exponent; beside plain pandas and sklearn."""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import log
from pathlib import Path

from bench.measure import MAXRSS_UNIT, ROOT, Run, cloned, run

STAGES = ("preprocess", "train", "evaluate")
EXPONENT = 1.1
SETTLE = 5  # seconds in which a scheduler and its workers find each other


@dataclass
class Helped:
    """What a scheduler and its workers took: seconds of the processor, and the peak of the largest in GB."""

    busy: float = 0.0
    peak: float = 0.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench scale", description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000, 10_000_000], help="of the tables")
    parser.add_argument("--stages", nargs="+", default=list(STAGES), choices=STAGES, help="some of them (all)")
    parser.add_argument("--train-rows", type=int, default=1_000_000, help="a larger table gets the model of the last")
    parser.add_argument("--workers", type=int, nargs="*", default=[0, 1, 2], help="of Dask; 0: none (0 1 2)")
    parser.add_argument("--no-plain", action="store_true", help="without pandas and scikit-learn beside it")
    given = parser.parse_args()
    print(f"{os.cpu_count()} cores; seconds: of the processor, of the stage's own process (elapsed); peak: the same's")
    with cloned() as clone:
        programs = Path(sys.executable).parent
        if any(given.workers):
            run(["make", "setup", "WITH=scale"], clone)
            programs = clone / ".venv/bin"
        seen: dict[str, list[tuple[int, float]]] = {}
        for rows in given.rows:
            run([sys.executable, "-W", "ignore", "-m", "bench.generate", str(rows), str(clone)], ROOT)
            for stage in given.stages:
                if stage == "train" and rows > given.train_rows:
                    print(f"  {'train':26}{rows:>12,}  left out: the model of fewer rows is used")
                    continue
                for workers in given.workers if stage != "train" else [0]:
                    helped = Helped()
                    with _cluster(clone, programs, workers, helped) as address:
                        command = [str(programs / "python"), "-m", f"src.{stage}"]
                        done = run(["env", *([f"DASK={address}"] if address else []), *command], clone)
                    name = f"{stage}, {workers} workers" if workers else stage
                    _tell(name, rows, done, seen, helped)
                if not given.no_plain and (stage != "evaluate" or rows <= given.train_rows):
                    plain = [sys.executable, "-W", "ignore", "-m", "bench.plain", stage]
                    _tell(f"  plain {stage}", rows, run(plain, clone), seen)
    for name, points in seen.items():
        if len(points) > 1:
            (few, short), (many, long) = points[0], points[-1]
            found = log(long / short) / log(many / few)
            print(f"  {name:26} grows as rows^{found:.2f}" + ("" if found <= EXPONENT else f": MISSED, ≤ {EXPONENT}"))


def _tell(
    name: str, rows: int, done: Run, seen: dict[str, list[tuple[int, float]]], helped: Helped | None = None
) -> None:
    others = helped or Helped()
    seen.setdefault(name, []).append((rows, done.busy + others.busy))
    figures = f"{done.busy:9.1f} s ({done.seconds:7.1f}){done.peak:7.2f} GB"
    beside = f"; workers {others.busy:.1f} s, {others.peak:.2f} GB the largest" if others.busy else ""
    print(f"  {name:26}{rows:>12,}{figures}   {done.read / 1e6:9,.0f} MB read{beside}", flush=True)


@contextmanager
def _cluster(folder: Path, programs: Path, workers: int, helped: Helped) -> Iterator[str]:
    """The address of a scheduler on loopback with so many workers of one thread; empty for none.

    What they took is added to `helped` in the end.
    """
    if not workers:
        yield ""
        return
    address, quiet = "tcp://127.0.0.1:28787", subprocess.DEVNULL
    worker = ["worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    words = [["scheduler", "--host", "127.0.0.1", "--port", "28787", "--no-dashboard"], *[worker] * workers]
    dask = str(programs / "dask")
    running = [subprocess.Popen([dask, *some], cwd=folder, stdout=quiet, stderr=quiet) for some in words]
    try:
        time.sleep(SETTLE)
        yield address
    finally:
        for process in reversed(running):
            process.kill()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            helped.busy += usage.ru_utime + usage.ru_stime
            helped.peak = max(helped.peak, usage.ru_maxrss * MAXRSS_UNIT / 1e9)


if __name__ == "__main__":
    main()
