"""Seconds and peak memory of each stage on a generated table of a million rows and 16 features."""

import argparse
import sys

from bench.measure import ROOT, cloned, run, verdict

STAGES = ("preprocess", "train", "evaluate")
PEAK = 4.0  # GB, of any stage


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench pipeline", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the table (1000000)")
    rows = parser.parse_args().rows
    with cloned() as clone:
        # In a process of its own: what the generator takes would count as the stages' memory.
        run([sys.executable, "-m", "bench.generate", str(rows), str(clone)], ROOT)
        print(f"{rows} rows, 16 features, HistGradientBoostingClassifier; peak: the stage's process, not its children")
        print(f"  {'stage':12}{'seconds':>9}{'rows/s':>11}{'peak GB':>9}")
        for stage in STAGES:
            done = run([sys.executable, "-m", f"src.{stage}"], clone)
            figures = f"{done.seconds:9.1f}{rows / done.seconds:11,.0f}{done.peak:9.2f}"
            print(f"  {stage:12}{figures}   {verdict(done.peak, PEAK, 'GB')}", flush=True)


if __name__ == "__main__":
    main()
