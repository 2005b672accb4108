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
from typing import Any

import yaml

from bench.measure import MAXRSS_UNIT, ROOT, Run, bytes_read, cloned, run

STAGES = ("preprocess", "train", "evaluate")
EXPONENT = 1.1
Seen = dict[str, list[tuple[int, float]]]  # rows and seconds of each line
SETTLE = 5  # seconds in which a scheduler and its workers find each other
BOOSTER = "train, LightGBM"
BOOSTER_MEMORY = {"MEMORY_GB": "8"}  # so that the largest table is learnt in chunks
# Parameters of train; the last ones make the model that is evaluated.
TRAININGS: dict[str, dict[str, Any]] = {
    "train": {"categories": "one_hot"},
    BOOSTER: {"categories": "one_hot", "estimator": "lightgbm.LGBMClassifier"},
    "train, ordinal": {"categories": "ordinal"},
}


@dataclass
class Helped:
    """What a scheduler and its workers took: seconds of the processor, bytes read, the peak of the largest in GB."""

    busy: float = 0.0
    peak: float = 0.0
    read: int = 0


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench scale", description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000, 10_000_000], help="of the tables")
    parser.add_argument("--stages", nargs="+", default=list(STAGES), choices=STAGES, help="some of them (all)")
    parser.add_argument(
        "--train-rows", type=int, default=1_000_000, help="most that train takes in any way (a million)"
    )
    parser.add_argument("--workers", type=int, nargs="*", default=[0, 1, 2], help="of Dask; 0: none (0 1 2)")
    parser.add_argument("--no-plain", action="store_true", help="without pandas and scikit-learn beside it")
    given = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # as each worker has: threads that wait for each other count too
    print(
        f"{os.cpu_count()} cores; {os.environ['OMP_NUM_THREADS']} thread a process; "
        "seconds: of the processor, of the stage's own process (elapsed); peak: the same's"
    )
    with cloned() as clone:
        run(["make", "setup", "WITH=boosters,scale"], clone)
        seen: Seen = {}
        for rows in given.rows:
            run([sys.executable, "-W", "ignore", "-m", "bench.generate", str(rows), str(clone)], ROOT)
            few = rows <= given.train_rows
            for stage in given.stages:
                if stage == "train":
                    _train(clone, rows, few, given.workers, seen)
                else:
                    for workers in given.workers:
                        _stage(clone, rows, stage, stage, workers, seen)
                if not given.no_plain and (stage == "preprocess" or few):
                    plain = [sys.executable, "-W", "ignore", "-m", "bench.plain", stage]
                    _tell(f"  plain {stage}", rows, run(plain, clone), seen)
    for name, points in seen.items():
        if len(points) > 1:
            (few, short), (many, long) = points[0], points[-1]
            found = log(long / short) / log(many / few)
            print(f"  {name:26} grows as rows^{found:.2f}" + ("" if found <= EXPONENT else f": MISSED, ≤ {EXPONENT}"))


def _train(clone: Path, rows: int, few: bool, workers: list[int], seen: Seen) -> None:
    """Train with each of the parameters, and by the workers what a cluster can train.

    Many rows are not learnt from with a column for each category (2.8 kB a row), nor by workers beside this process.
    """
    path = clone / "params.yaml"
    before = path.read_text("utf-8")
    for name, changed in TRAININGS.items():
        if not few and name == "train":
            continue
        for helpers in workers if few and name == BOOSTER else [0]:
            params = yaml.safe_load(before)
            params["train"] |= changed | ({"distributed": True} if helpers else {})
            path.write_text(yaml.safe_dump(params), "utf-8")
            _stage(clone, rows, "train", name, helpers, seen)


def _stage(clone: Path, rows: int, stage: str, name: str, workers: int, seen: Seen) -> None:
    helped, more = Helped(), BOOSTER_MEMORY if name == BOOSTER else {}
    with _cluster(clone, clone / ".venv/bin", workers, helped) as address:
        given = more | ({"DASK": address} if address else {})
        command = [str(clone / ".venv/bin/python"), "-m", f"src.{stage}"]
        done = run(["env", *(f"{key}={value}" for key, value in given.items()), *command], clone)
    _tell(f"{name}, {workers} workers" if workers else name, rows, done, seen, helped)


def _tell(name: str, rows: int, done: Run, seen: Seen, helped: Helped | None = None) -> None:
    others = helped or Helped()
    seen.setdefault(name, []).append((rows, done.busy + others.busy))
    figures = f"{done.busy:9.1f} s ({done.seconds:7.1f}){done.peak:7.2f} GB"
    print(f"  {name:26}{rows:>12,}{figures}   {done.read / 1e6:9,.0f} MB read", end="")
    if others.busy:
        print(f"; workers {others.busy:.1f} s, {others.peak:.2f} GB the largest, {others.read / 1e6:,.0f} MB", end="")
    print(flush=True)


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
            helped.read += bytes_read(process.pid)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            helped.busy += usage.ru_utime + usage.ru_stime
            helped.peak = max(helped.peak, usage.ru_maxrss * MAXRSS_UNIT / 1e9)


if __name__ == "__main__":
    main()
