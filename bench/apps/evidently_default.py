"""Evidently's default drift tests on the streams of `bench monitor --save FOLDER`: how many quiet lives alarm.

Runs in an environment of its own (`pip install evidently "pandas<3"`: it does not import with pandas 3.1) and imports
nothing of this project. Call: python bench/apps/evidently_default.py FOLDER
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from evidently.legacy.calculations.stattests import get_stattest

KINDS = {"num": "a number's", "cat": "a category's"}


def drifted(old: "pd.Series[float]", new: "pd.Series[float]", kind: str) -> bool:
    """Whether the test that Evidently chooses by itself, at its own threshold, calls a column drifted."""
    test = get_stattest(old, new, kind, None)
    return bool(test(old, new, kind, None).drifted)


def main() -> None:
    folder = Path(sys.argv[1])
    pool, drawn = pd.read_parquet(folder / "pool.parquet"), np.load(folder / "lives.npz")
    kinds = {name: "cat" if name.startswith("text") else "num" for name in pool.columns}
    found = dict.fromkeys(KINDS, 0) | {"any": 0}
    for reference, stream in zip(drawn["references"], drawn["streams"], strict=True):
        alarmed = set()
        for kind in KINDS:
            columns = [pool[name] for name, own in kinds.items() if own == kind]
            if any(drifted(column.iloc[reference], column.iloc[rows], kind) for rows in stream for column in columns):
                alarmed.add(kind)
        for kind in alarmed:
            found[kind] += 1
        found["any"] += bool(alarmed)
    lives = len(drawn["streams"])
    print(f"Evidently's default, {lives} quiet lives of {drawn['streams'].shape[1]} looks; lives with an alarm:")
    for kind, count in found.items():
        print(f"  {KINDS.get(kind, 'any column'):14}{count / lives:>7.1%}")


if __name__ == "__main__":
    main()
