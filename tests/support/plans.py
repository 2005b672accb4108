"""What `make adopt` plans for a table of orders."""

from pathlib import Path

import numpy as np
import pandas as pd

from harness.adopt.infer import infer
from harness.adopt.plan import Column, Plan, Wishes
from harness.tables.source import sniff
from harness.tables.staging import Staged, stage

ROWS = 400


def plan_of(
    folder: Path, frame: pd.DataFrame, suffix: str = "csv", time: str = "", missing: tuple[str, ...] = ()
) -> Plan:
    path = folder / f"table.{suffix}"
    frame.to_csv(path, index=False) if suffix == "csv" else frame.to_parquet(path, index=False)
    source = sniff(path)
    stage(source, folder / "staged.parquet")
    return infer(Staged(folder / "staged.parquet", source.header), Wishes("churned", time=time, missing=missing))


def orders() -> pd.DataFrame:
    """Orders with their date, and who churned, by chance."""
    rng = np.random.default_rng(0)
    when = np.datetime64("2020-03-01T08:30:00") + rng.integers(0, 900, ROWS).astype("m8[D]")
    return pd.DataFrame({"ordered": when, "amount": rng.normal(size=ROWS), "churned": rng.choice(["no", "yes"], ROWS)})


def column(plan: Plan, name: str) -> Column:
    return next(column for column in plan.columns if column.name == name)
