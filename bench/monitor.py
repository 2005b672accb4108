"""False alarms of a deployed model's life, delays until a loss is shown, and years of census rows with their truth."""

import argparse
from os import cpu_count, environ
from pathlib import Path

from bench.census import run_census
from bench.monitor_alarms import false_alarms
from bench.monitor_pool import ROWS, build_pool, save
from bench.monitor_power import delays
from bench.monitor_year import run_year


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench monitor", description=__doc__)
    parser.add_argument("--streams", type=int, default=10_000, help="lives in which nothing changes (10,000)")
    parser.add_argument("--first", type=int, default=0, help="number of the first of them, to go on with (0)")
    parser.add_argument("--rows", type=int, default=ROWS, help=f"of one look in them ({ROWS})")
    parser.add_argument("--lives", type=int, default=200, help="lives for each change (200)")
    parser.add_argument("--processes", type=int, default=cpu_count() or 1, help="at once (one a core)")
    parser.add_argument("--census", type=Path, help="nannyml's unpacked wheel, or a folder that holds its .pq files")
    parser.add_argument("--save", type=Path, help="write the streams to a folder, for bench/apps/evidently_default.py")
    parser.add_argument("--logged", type=int, default=0, help="measure one look at so many logged rows; 10000000")
    arguments = parser.parse_args()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        environ.setdefault(name, "1")
    if arguments.save:
        save(arguments.save, arguments.streams, arguments.rows)
    elif arguments.streams:
        false_alarms(arguments.first, arguments.streams, arguments.rows, arguments.processes)
    if arguments.lives:
        pool = build_pool()
        delays(pool, 0, arguments.lives)
        delays(pool, 40, arguments.lives)
    if arguments.logged:
        run_year(arguments.logged)
    if arguments.census:
        run_census(arguments.census)


if __name__ == "__main__":
    main()
