"""skrub's report of the raw table, every column of it: an optional package writes it, where it is installed."""

from pathlib import Path

import numpy as np
import pandas as pd

from harness.core.errors import ProjectError
from harness.explore.look_page import PagePart

REPORT_TITLE = "Every column of the table"
INSTALL = "make setup WITH=explore"
MOST_REPORTED = 20_000  # rows of the report, evenly spread: its associations take long
COLUMNS_DRAWN = 200  # columns with a picture each; of wider tables skrub draws as many as it likes


def report_part(path: Path) -> PagePart:
    """Distribution, missing values, associations of every raw column. Raises ProjectError if the table is not here."""
    try:
        from skrub import TableReport  # noqa: PLC0415  optional
    except ImportError:
        return PagePart(REPORT_TITLE, f"skrub's report of every column stands here after: {INSTALL}", "")
    frame = read_raw(path)
    kept = np.unique(np.linspace(0, len(frame) - 1, min(len(frame), MOST_REPORTED)).astype(np.int64))
    narrow = "auto" if frame.shape[1] > COLUMNS_DRAWN else True
    report = TableReport(
        frame.iloc[kept], title=str(path), verbose=0, plot_distributions=narrow, compute_associations=narrow
    )
    told = "all rows" if len(kept) == len(frame) else f"{len(kept):,} of its {len(frame):,} rows, evenly spread"
    sentence = f"skrub's report of {path}, {told}: distributions, missing values, associations; left out columns too."
    return PagePart(REPORT_TITLE, sentence, f'<div class="report">{report.html_snippet()}</div>')


def read_raw(path: Path) -> pd.DataFrame:
    """The table as it is, declared or not. Raises ProjectError if it is not there."""
    if not path.exists():
        raise ProjectError(f"{path}: not found; run: make pipeline")
    return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path, low_memory=False)
