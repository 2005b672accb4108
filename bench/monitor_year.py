"""One look at a year of a busy service: seconds and memory for so many logged rows, some of which have a label."""

import sys
from pathlib import Path
from subprocess import run as run_program
from tempfile import TemporaryDirectory

from bench.measure import ROOT, run, verdict

SECONDS, GIGABYTES = 60, 2


def run_year(rows: int) -> None:
    """Log so many rows of the worked example (`make pipeline` first), and measure one `make monitor`."""
    with TemporaryDirectory(prefix="bench-") as folder:
        command = [sys.executable, "-m", "bench.monitor_log", str(rows), folder]  # what measures stays small
        run_program(command, check=True, cwd=ROOT)
        look = [sys.executable, "-m", "harness", "monitor", f"--log={folder}/log", f"--out={folder}/out"]
        for name, more in (("no labels", []), ("some labels", [f"--truth={folder}/truth.csv"])):
            done = run([*look, *more], ROOT)
            Path(folder, "out/state.jsonl").unlink()
            Path(folder, "out/monitor.json").unlink()
            time, peak = verdict(done.seconds, SECONDS, "s"), verdict(done.peak, GIGABYTES, "GB")
            print(f"One look at {rows:,} rows, {name}: {done.seconds:.1f} s ({done.busy:.1f} s of CPU; {time}), "
                  f"{done.peak:.2f} GB ({peak})")  # fmt: skip
