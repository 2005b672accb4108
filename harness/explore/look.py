"""Command behind `make look`: the prepared rows and the raw table as one page."""

from pathlib import Path

import numpy as np
import pandas as pd

from harness.core.contract import Contract, as_text
from harness.core.files import write_bytes
from harness.core.params import Params, load_params
from harness.core.paths import LOOK_PATH, PREPARED
from harness.core.prepared import Prepared
from harness.evaluate.slices import slices_of
from harness.explore.column_views import CLASSES_SHOWN, target_columns, target_names, view_columns
from harness.explore.look_page import PagePart, bar, cell, columns_markup, page_of, table
from harness.explore.skrub_report import report_part
from harness.report.card_data import columns_left_out
from harness.report.numbers import number

MOST_LOOKED_AT = 200_000  # that are looked at, evenly spread
OPEN_COLUMNS = 5


def look(path: Path = LOOK_PATH) -> None:
    """Write the page. Raises ProjectError if nothing is prepared yet."""
    params, prepared = load_params(), Prepared(PREPARED)
    contract = prepared.read_contract()
    train, test = (_spread(prepared.read_rows(name)) for name in ("train", "test"))
    parts = [
        split_part(train, test, contract),
        columns_part(train, test, contract),
        slices_part(train, test, contract, params),
        left_out_part(params, contract),
        report_part(Path(params.data.path)),
    ]
    write_bytes(path, page_of(f"The data: {params.data.path}", parts).encode())
    print(f"{path}: {len(train)} training and {len(test)} test rows; open it in a browser")


def split_part(train: pd.DataFrame, test: pd.DataFrame, contract: Contract) -> PagePart:
    """Rows and the target, train beside test."""
    rows = [[cell("rows"), cell(f"{len(train):,}"), cell(f"{len(test):,}")]]
    means = [target_columns(part, contract).mean(axis=0) for part in (train, test)]
    classes = range(len(contract.classes))[:CLASSES_SHOWN]
    if contract.task == "regression":
        rows.append([cell(f"mean {contract.target}"), *(cell(number(float(mean[0]))) for mean in means)])
    for place in classes:
        shares = [float(mean[place]) for mean in means]
        shown = [bar(kind, share, f"{share:.1%}") for kind, share in zip(("train", "test"), shares, strict=True)]
        rows.append([cell(f"{contract.target} = {as_text(contract.classes[place])}"), *shown])
    sentence = "How the rows were split, and the target in both."
    return PagePart("Train beside test", sentence, table(["", "train", "test"], rows))


def columns_part(train: pd.DataFrame, test: pd.DataFrame, contract: Contract) -> PagePart:
    """Each feature against the target."""
    views = view_columns(train, test, contract)
    free = [feature.name for feature in contract.features if feature.free]
    told = f" Free texts have no bins: {', '.join(free)}." if free else ""
    sentence = (
        "The feature whose bins explain most of the target's variance comes first; the target is that of the training "
        f"rows. PSI above 0.2 is often called a shift; with few rows chance alone does that.{told}"
    )
    return PagePart("Each column and the target", sentence, columns_markup(views, target_names(contract), OPEN_COLUMNS))


def slices_part(train: pd.DataFrame, test: pd.DataFrame, contract: Contract, params: Params) -> PagePart:
    """How many rows each slice has."""
    held = {(part.column, part.value): int(part.inside.sum()) for part in slices_of(test, contract)}
    seen = {(part.column, part.value): int(part.inside.sum()) for part in slices_of(train, contract)}
    least = params.evaluate.min_slice_rows
    rows = []
    for column, value in dict.fromkeys([*seen, *held]):
        count = held.get((column, value), 0)
        judged = "measured" if count >= least else f"listed, not judged: {least} test rows are needed"
        name = f"{column} = {as_text(value)}" if value is not None else f"{column} is missing"
        rows.append([cell(name), cell(f"{seen.get((column, value), 0):,}"), cell(f"{count:,}"), cell(judged)])
    if not rows:
        return PagePart("Slices", "No column has the role slice.", "")
    return PagePart("Slices", "Rows of each slice.", table(["", "train rows", "test rows", ""], rows))


def left_out_part(params: Params, contract: Contract) -> PagePart:
    """Columns of the table that no model sees."""
    said, reasons = columns_left_out(Path(), params.data.path, contract)
    if not reasons:
        return PagePart("Left out", "Each column of the table is declared.", "")
    rows = [[cell(name), cell(why)] for name, why in reasons]
    sentence = said or "Columns that src/schema.py does not declare, and why."
    return PagePart("Left out", sentence, table(["column", "why"], rows))


def _spread(rows: pd.DataFrame) -> pd.DataFrame:
    """All rows, or many of them, evenly spread."""
    if len(rows) <= MOST_LOOKED_AT:
        return rows
    return rows.iloc[np.linspace(0, len(rows) - 1, MOST_LOOKED_AT).astype(np.int64)]
