"""How each stage grows with the rows: seconds, memory, bytes read, the exponent; beside plain pandas and sklearn."""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import log
from pathlib import Path

from bench.measure import ROOT, Run, cloned, run

STAGES = ("preprocess", "train", "evaluate")
EXPONENT = 1.1
SETTLE = 5  # seconds in which a scheduler and its workers find each other


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
                    with _cluster(clone, programs, workers) as address:
                        command = [str(programs / "python"), "-m", f"src.{stage}"]
                        done = run(["env", *([f"DASK={address}"] if address else []), *command], clone)
                    name = f"{stage}, {workers} workers" if workers else stage
                    _tell(name, rows, done, seen)
                if not given.no_plain and (stage != "evaluate" or rows <= given.train_rows):
                    plain = [sys.executable, "-W", "ignore", "-m", "bench.plain", stage]
                    _tell(f"  plain {stage}", rows, run(plain, clone), seen)
    for name, points in seen.items():
        if len(points) > 1:
            (few, short), (many, long) = points[0], points[-1]
            found = log(long / short) / log(many / few)
            print(f"  {name:26} grows as rows^{found:.2f}" + ("" if found <= EXPONENT else f": MISSED, ≤ {EXPONENT}"))


def _tell(name: str, rows: int, done: Run, seen: dict[str, list[tuple[int, float]]]) -> None:
    seen.setdefault(name, []).append((rows, done.busy))
    figures = f"{done.busy:9.1f} s ({done.seconds:7.1f}){done.peak:7.2f} GB"
    print(f"  {name:26}{rows:>12,}{figures}   {done.read / 1e6:9,.0f} MB read", flush=True)


@contextmanager
def _cluster(folder: Path, programs: Path, workers: int) -> Iterator[str]:
    """The address of a scheduler on loopback with so many workers of one thread; empty for none."""
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
            process.wait()


if __name__ == "__main__":
    main()
