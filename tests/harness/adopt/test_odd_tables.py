"""Tables with dates that are none, periods, sums, numbers among texts, copies: each read, or told in words."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from harness.adopt.choose_features import without_leak
from harness.adopt.column_facts import Facts
from harness.adopt.example_request import curl_line
from harness.adopt.open_sets import are_periods, why_open
from harness.adopt.plan import Column, Wishes
from harness.adopt.resolve import resolve
from harness.adopt.task import find_task
from harness.adopt.trial import twins
from harness.core.contract import Contract
from harness.core.errors import ProjectError
from harness.tables.column_format import Form
from harness.tables.date_forms import are_clock_times, find_moment_format, read_clock
from harness.tables.detect_numbers import numbers_among
from harness.tables.source import sniff
from harness.tables.staging import stage
from tests.support.plans import ROWS, column, orders, plan_of

MONTHS = ("Jan", "Feb", "Mar", "Apr")


def texts(*values: str) -> "pd.Series[str]":
    return pd.Series(values, dtype="str")


def names(*values: str) -> Facts:
    counts = pd.Series(40, index=pd.Index(values, dtype=object))
    return Facts("x", Form("text"), 40 * len(values), 0, len(values), counts, texts=values)


@pytest.mark.parametrize(
    ("days", "never", "form"),
    [
        (["2023-02-05", "2023-11-30", "2024-01-01", "2024-02-09"], "9999-12-31", "ISO8601"),
        (["05.02.2023", "30.11.2023", "01.01.2024", "09.02.2024"], "31.12.9999", "%d.%m.%Y"),
        (["2/5/2023", "11/30/2023", "1/1/2024", "2/9/2024"], "1/1/0001", "%m/%d/%Y"),
    ],
)
def test_a_day_that_never_comes_leaves_the_others_dates(days: list[str], never: str, form: str) -> None:
    """Once one 9999-12-31 made a column of dates a text."""
    assert find_moment_format(texts(*days, never)) == form


def test_a_day_that_never_comes_is_missing_and_told(tmp_path: Path) -> None:
    valid_to = orders()["ordered"].dt.strftime("%Y-%m-%d")
    valid_to[::3] = "9999-12-31"
    plan = plan_of(tmp_path, orders().assign(valid_to=valid_to))
    assert (column(plan, "valid_to").type, column(plan, "valid_to").nullable) == ("pd.Timestamp", True)
    assert "'9999-12-31' is read as missing in valid_to" in plan.notes


@pytest.mark.parametrize(
    "values",
    [("2022Q1", "2022Q2", "2022Q3"), ("Q1 22", "Q2 22", "Q3 22"), ("2021-W51", "2021-W52", "2022-W01"),
     ("KW 1", "KW 2", "KW 3"), ("2020/21", "2021/22", "2022/23"), ("Aug 22", "Sep 22", "Okt 22"),
     ("22Q1", "22Q2", "22Q3")],
)  # fmt: skip
def test_periods_of_time_are_an_open_set(values: tuple[str, ...]) -> None:
    """Once each was a closed set by its frequent values, and the next month's rows were refused."""
    assert why_open(names(*values), asked=False) == "3 different values, periods of time, of which the next is new"


@pytest.mark.parametrize(
    "values",
    [
        ("Q1", "Q2", "Q3"),
        ("T1", "T2", "T3"),
        ("10W40", "5W30", "0W20"),
        ("Audi A4 2014", "Golf 2015", "A 2016"),
        MONTHS,
    ],
)
def test_names_with_digits_are_no_periods(values: tuple[str, ...]) -> None:
    assert not are_periods(names(*values))
    assert why_open(names(*values), asked=False) == ""


@pytest.mark.parametrize("form", ["{:.1f}", "{:.1f} €", "{:.1f} km"])
def test_numbers_among_texts_are_seen_in_any_notation(form: str) -> None:
    """Once 2,5 and 5 € were no numbers to the line that tells how many rows are."""
    values = [form.format(n / 3).replace(".", ",") for n in range(40)]
    assert numbers_among(texts(*values, "12. Jan", "########")).sum() == 40


def test_a_column_of_numbers_with_texts_says_so_when_left_out(tmp_path: Path) -> None:
    """Once it was called an identifier or free text."""
    flow = [f"{n // 2 / 7:.2f}" if n % 8 == 0 else f"{n / 7:.2f}" for n in range(ROWS)]
    flow[::20] = [f"v{n}" for n in range(len(flow[::20]))]
    assert column(plan_of(tmp_path, orders().assign(flow=flow)), "flow").reason == (
        "95% of its rows are numbers, the others are texts such as 'v0'; correct them"
    )


def test_20h15_is_a_time_of_day() -> None:
    assert are_clock_times(texts("20h15", "8h05", "23:10"))
    assert read_clock(texts("20h15", "8h05", "23:10")).tolist() == ["20:15", "8:05", "23:10"]
    assert not are_clock_times(texts("20h75", "8h05"))


def test_a_counter_with_gaps_is_a_counter(tmp_path: Path) -> None:
    instant = np.cumsum(np.random.default_rng(0).integers(1, 4, ROWS))
    assert column(plan_of(tmp_path, orders().assign(instant=instant)), "instant").reason == (
        "rises from row to row: a counter of rows?"
    )


def test_as_many_whole_numbers_as_rows_are_a_quantity() -> None:
    """Once eight planets were eight classes of one row, and so refused."""
    values = pd.Series(1, index=pd.Index([88, 225, 365, 687, 4333, 10759, 30687, 60190]))
    assert find_task(Facts("period", Form("integer"), 8, 0, 8, values), "")[0] == "regression"


def test_a_last_row_of_sums_is_told(tmp_path: Path) -> None:
    frame = orders().assign(ordered=lambda table: table["ordered"].astype(str))
    last = pd.DataFrame({"ordered": ["Summe"], "amount": [4711.0], "churned": ["no"]})
    told = "the last row begins with 'Summe': if it holds the sums of the others, delete it"
    assert told in plan_of(tmp_path, pd.concat([frame, last])).notes
    assert not [note for note in plan_of(tmp_path, frame).notes if "last row" in note]


def test_rows_that_differ_by_their_id_alone_are_counted() -> None:
    rows = pd.DataFrame({"id": [1, 2, 3, 4], "x": [5, 5, 6, 5], "y": [0, 0, 1, 0]})
    assert twins(Contract("binary", "y", (0, 1), (), id="id"), rows) == 2
    assert twins(Contract("binary", "y", (0, 1), (), id="id", group="x"), rows) == 0
    assert twins(Contract("binary", "y", (0, 1), ()), rows) == 0


@pytest.mark.parametrize(("rows", "left_out"), [(40, False), (400, True)])
def test_a_number_that_parts_few_rows_is_asked_about(rows: int, left_out: bool) -> None:
    """Once the best measurement of a small table was left out as a leak."""
    kind = pd.Series(np.arange(rows) % 2)
    target = Facts("kind", Form("integer"), rows, 0, 2, kind.value_counts(), sample=kind)
    values = pd.Series(kind * 3 + np.random.default_rng(0).normal(0, 0.1, rows))
    length = Facts("length", Form("number"), rows, 0, rows, pd.Series(dtype=int), sample=values)
    plain = Column("length", Form("number"), "float", ("numeric",), {}, False)
    made = without_leak(plain, length, [], target, "binary", Wishes("kind"), "")
    assert (made.roles == (), "is it known when" in made.reason) == (left_out, not left_out)


def test_missing_that_no_row_has_is_refused(tmp_path: Path) -> None:
    """Once it was passed over in silence; and a target of one value was said to be the table's."""
    for missing, told in (
        ("777", "MISSING=777: no row has 777"),
        ("amount:x", "MISSING=amount:x: must be a number"),
        ("churned:no", "MISSING=churned:no: then TARGET=churned is of no use: every row has 'yes', so there"),
    ):
        with pytest.raises(ProjectError, match=told):
            plan_of(tmp_path, orders(), missing=(missing,))


def test_the_time_that_splits_is_in_the_data() -> None:
    with pytest.raises(ProjectError, match="TIME=when and DROP=when: a column cannot be both"):
        resolve(Wishes("y", time="when", drop=("when",)), ("when", "y"))


def test_the_command_shows_letters_that_nobody_sees() -> None:
    assert curl_line({"x\u202ey\u200b": "ä"}, "URL") == (
        """curl URL -H 'Content-Type: application/json' -d '{"rows": [{"x\\u202ey\\u200b": "ä"}]}'"""
    )


def workbook(path: Path, rows: list[list[object]]) -> Path:
    pd.DataFrame(rows, dtype=object).to_excel(path, header=False, index=False)
    return path


def test_a_table_beside_another_names_the_column(tmp_path: Path) -> None:
    """Once both were one table."""
    rows: list[list[object]] = [["a", "y", None, "Region", "Sum"], [1, 2, None, "N", 3], [4, 5, None, None, None]]
    with pytest.raises(ProjectError, match="column C of the sheet Sheet1 is empty, and what stands right of it has"):
        sniff(workbook(tmp_path / "t.xlsx", rows))
    rows[2] = [4, 5, None, "S", 6]  # as long: a gap for the eye
    assert stage(sniff(workbook(tmp_path / "t.xlsx", rows)), tmp_path / "staged") == 2


def test_a_cell_beside_the_table_is_named(tmp_path: Path) -> None:
    """Once it was lost in silence."""
    with pytest.raises(ProjectError, match="row 3 of the sheet Sheet1 holds 'extra' in column C, which has no name"):
        sniff(workbook(tmp_path / "t.xlsx", [["a", "y", None], [1, 2, None], [3, 4, "extra"], [5, 6, None]]))
