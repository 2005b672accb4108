"""`make data` with the next file of the source that was adopted, written as the first one was."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harness.core.errors import ProjectError
from harness.core.params import read_yaml
from harness.tables.column_format import Form
from harness.tables.later_files import as_kind, fitting_form, reread, retext
from harness.tables.recorded_format import Recorded
from harness.tables.source import sniff
from harness.tables.staging import Staged
from tests.support.clone import Clone, clone_of, copy_of_work_tree, embed, lend_environment

HEADER = "Kunde;Mail;seit;Umsatz;Tarif;Region;gekündigt"
DATA = "data/kunden.csv"


def lines(rows: int, seed: int = 0, first: int = 1) -> list[str]:
    """Customers: decimal commas, days first, an address, k.A. for no number and n/a for no tariff."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(first, first + rows):
        spent, tariff = rng.gamma(2.0, 900.0), rng.choice(["basis", "plus", "n/a"])
        shown = "k.A." if number % 50 == 0 else f"{spent:,.2f}".translate(str.maketrans(",.", ".,"))
        day = f"{rng.integers(1, 29):02}.{rng.integers(1, 13):02}.{rng.integers(2019, 2024)}"
        gone = "ja" if rng.normal(spent - 1800, 900) < 0 else "nein"
        made.append(f"K{number:05};k{number}@example.org;{day};{shown};{tariff};{rng.choice(['Nord', 'Süd'])};{gone}")
    return made


def write(path: Path, rows: list[str], encoding: str = "cp1252") -> Path:
    path.write_text("\n".join([HEADER, *rows, ""]), encoding, newline="")
    return path


@pytest.fixture(scope="module")
def adopted(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    made = copy_of_work_tree(tmp_path_factory.mktemp("adopted"))
    embed(made)
    table = write(tmp_path_factory.mktemp("table") / "Kunden.csv", lines(600))
    made.run("python", "-m", "harness", "adopt", f"--data={table}", "--target=gekündigt")
    made.commit("our table")
    return made


@pytest.fixture
def clone(adopted: Clone, tmp_path: Path) -> Clone:
    made = clone_of(adopted, tmp_path / "clone")
    lend_environment(made)
    made.run("dvc", "pull", "data.dvc")
    return made


def table(clone: Clone) -> pd.DataFrame:
    return pd.read_csv(clone.folder / DATA, dtype=str, keep_default_na=False)


def test_data_dvc_tells_how_the_source_is_written(clone: Clone) -> None:
    assert read_yaml(clone.folder / "data.dvc")["meta"]["read"] == {
        "kind": "csv",
        "delimiter": ";",
        "encoding": "cp1252",
        "columns": {
            "seit": {"kind": "moment", "moment": "%d.%m.%Y"},
            "Umsatz": {"kind": "number", "thousands": ".", "decimal": ",", "missing": ["k.A."]},
            "Tarif": {"kind": "text", "missing": ["n/a"]},
        },
    }


def test_the_next_file_is_read_as_the_first_one(clone: Clone, tmp_path: Path) -> None:
    rows = [
        "K00601;a@example.org;03.04.2024;1.234,50;plus;Süd;ja",
        "K00602;b@example.org;05.06.2024;k.A.;n/a;Nord;nein",
    ]
    march = write(tmp_path / "März.csv", [*rows, "K00603;c@example.org;07.06.2024;7;plus;Nord;"], "utf-8")
    done = clone.run("make", "data", f"FILE={march}", "APPEND=1")
    assert (
        f"{march}: read as the source of data/ (data.dvc: meta.read); rows without a target, left out: 1" in done.stdout
    )
    assert f"{DATA}: 602 rows, " in done.stdout
    assert table(clone).tail(2).to_numpy().tolist() == [
        ["K00601", "2024-04-03", "1234.5", "plus", "Süd", "ja"],
        ["K00602", "2024-06-05", "", "", "Nord", "nein"],
    ]
    clone.run("make", "data", f"FILE={write(tmp_path / 'all.csv', lines(700, seed=1))}")
    assert len(table(clone)) == 700


def test_rows_that_are_there_already_are_not_added_again(clone: Clone, tmp_path: Path) -> None:
    again = write(tmp_path / "again.csv", lines(602, seed=1)[598:])
    done = clone.run("make", "data", f"FILE={again}", "APPEND=1", check=False)
    assert (
        f"error: {again}: the Kunde of 2 rows is in data/ already (K00599, K00600); leave these rows out" in done.stderr
    )
    assert clone.status() == ""


def test_numbers_may_grow_into_the_thousands(tmp_path: Path) -> None:
    table = pa.table({"c0": ["100.50", "1,050.00"], "c1": ["7", "1,050"], "c2": ["1e3", "1,050"]})
    pq.write_table(table, tmp_path / "staged.parquet")
    staged = Staged(tmp_path / "staged.parquet", ("a", "b", "c"))
    read: Recorded = {"columns": {name: {"kind": "number", "signs": "$"} for name in "abc"}}
    forms = [fitting_form(name, read, pandera.DataFrameSchema(), staged) for name in "abc"]
    assert [form.thousands for form in forms] == [",", ",", ""]


SCHEMA = pandera.DataFrameSchema(
    {
        "price": pandera.Column(float, nullable=True, metadata={"role": "numeric"}),
        "key": pandera.Column(int, metadata={"role": "id"}),
        "seen": pandera.Column("datetime64[ns]", nullable=True, metadata={"role": "numeric"}),
        "gone": pandera.Column(str, metadata={"role": "target"}),
    }
)
COMMAS = {"price": {"kind": "number", "thousands": ".", "decimal": ","}, "seen": {"kind": "moment", "moment": "s"}}


def reread_as(folder: Path, text: str, columns: dict[str, Any], suffix: str = "csv") -> tuple[int | None, list[Any]]:
    (folder / f"new.{suffix}").write_text(text, "utf-8")
    source = sniff(folder / f"new.{suffix}")
    lost = reread(source, {"columns": columns}, list(SCHEMA.columns), SCHEMA, folder / "out.csv", 1)
    if lost is None:
        return None, []
    return lost, pd.read_csv(folder / "out.csv", dtype=str, keep_default_na=False).to_numpy().tolist()


def test_whose_form_a_file_has_is_told_by_all_of_its_values(tmp_path: Path) -> None:
    ours = "price,key,seen,gone\n5.695,1,2020-11-12,yes\n1.5,2,2020-11-13,no\n"
    assert reread_as(tmp_path, ours, COMMAS) == (None, [])
    theirs = 'price,key,seen,gone\n"5,695",1,1605139200,yes\n1.500,2,n/a,no\n7,3,1605139200,\n'
    assert reread_as(tmp_path, theirs, COMMAS) == (1, [["5.695", "1", "2020-11-12", "yes"], ["1500.0", "2", "", "no"]])


def test_json_is_read_as_the_first_file_was(tmp_path: Path) -> None:
    rows = '{"price": "1,5", "key": 7, "gone": "yes", "seen": 1605139200}\n{"price": null, "key": 8, "gone": "no"}\n'
    assert reread_as(tmp_path, rows, COMMAS, "jsonl") == (0, [["1.5", "7", "2020-11-12", "yes"], ["", "8", "", "no"]])


def test_json_is_never_taken_for_a_file_of_data(tmp_path: Path) -> None:
    row = '{"price": "1,5", "key": 7, "gone": "yes", "seen": "2020-11-12"}\n'
    with pytest.raises(ProjectError, match=r"new\.jsonl: row 1: seen must be a date \(s\), got '2020-11-12'"):
        reread_as(tmp_path, row, COMMAS, "jsonl")


def test_lists_are_left_out_again(tmp_path: Path) -> None:
    table = pa.table({"price": [1.5], "key": [7], "tags": [["a", "b"]], "gone": ["yes"]})
    pq.write_table(table, tmp_path / "new.parquet")
    read: Recorded = {"columns": {"tags": {"kind": "nested"}}}
    assert reread(sniff(tmp_path / "new.parquet"), read, table.column_names, SCHEMA, tmp_path / "out.csv", 1) == 0
    assert pd.read_csv(tmp_path / "out.csv").to_numpy().tolist() == [
        [1.5, 7, pytest.approx(np.nan, nan_ok=True), "yes"]
    ]


def test_a_file_without_any_target_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"new\.csv: none of 1 rows has a value in the target gone"):
        reread_as(tmp_path, "price;key;gone\n1,5;7;\n", COMMAS)


@pytest.mark.parametrize(
    ("values", "form", "expected"),
    [
        (pa.array([2**53 + 1, 7]), Form("integer"), [2**53 + 1, 7]),
        (pa.array([1605139200.0, None]), Form("moment", moment="s"), [datetime(2020, 11, 12), None]),
        (pa.array([date(2020, 11, 12)]), Form("moment", moment="%d.%m.%Y"), [datetime(2020, 11, 12)]),
        (pa.array([20201112]), Form("moment", moment="ISO8601"), [None]),
        (pa.array(["1605139200", "later"]), Form("moment", moment="s"), [datetime(2020, 11, 12), None]),
    ],
)
def test_types_of_parquet_files_may_change(values: pa.Array, form: Form, expected: list[Any]) -> None:
    assert as_kind(pa.chunked_array([values]), form).to_pylist() == expected


def test_a_column_that_data_has_not_is_refused(clone: Clone, tmp_path: Path) -> None:
    whole = table(clone).assign(Mail="k@example.org")
    whole.to_csv(tmp_path / "with_mail.csv", index=False)
    done = clone.run("make", "data", f"FILE={tmp_path / 'with_mail.csv'}", check=False)
    assert f"has the column Mail, which {DATA} lacks; remove it, or take the file in with make adopt" in done.stderr
    assert clone.status() == ""


def test_a_file_of_another_kind_that_is_not_utf8_is_told_in_one_line(clone: Clone, tmp_path: Path) -> None:
    commas = tmp_path / "commas.csv"
    commas.write_text("\n".join([HEADER, *lines(3)]).replace(";", "|").replace(",", "").replace("|", ","), "cp1252")
    done = clone.run("make", "data", f"FILE={commas}", check=False)
    assert f"error: {commas}: not UTF-8: byte 0x" in done.stderr
    assert "Traceback" not in done.stderr
    assert clone.status() == ""


def test_an_encoding_is_not_guessed_again(clone: Clone, tmp_path: Path) -> None:
    """One row does not show it."""
    short = write(tmp_path / "short.csv", ["K00601;a@example.org;03.04.2024;1,5;plus;Süd;ja"], "cp1252")
    clone.run("make", "data", f"FILE={short}", "APPEND=1")
    assert table(clone).tail(1).to_numpy().tolist() == [["K00601", "2024-04-03", "1.5", "plus", "Süd", "ja"]]


def test_a_file_in_the_form_of_data_is_taken_as_it_is(clone: Clone, tmp_path: Path) -> None:
    whole = table(clone)
    whole.iloc[:500].to_csv(tmp_path / "fewer.csv", index=False)
    done = clone.run("make", "data", f"FILE={tmp_path / 'fewer.csv'}")
    assert "read as the source" not in done.stdout
    pd.testing.assert_frame_equal(table(clone), whole.iloc[:500])


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("K1;a@example.org;2024-04-03;1,5;plus;Süd;ja", "row 2: seit must be a date (%d.%m.%Y), got '2024-04-03'"),
        ("K1;a@example.org;03.04.2024;viel;plus;Süd;ja", "row 2: Umsatz must be a number, got 'viel'"),
        ("K1;a@example.org;03.04.2024;1,5;gold;Süd;ja", "row 2: Tarif must be one of ['basis', 'plus'] (src/schema"),
        ("K1;a@example.org;03.04.2024", "row 2: must have 7 fields, as the header has, got 3"),
    ],
)
@pytest.mark.parametrize("append", ["", "1"])
def test_a_value_that_cannot_be_read_changes_nothing(
    clone: Clone, tmp_path: Path, row: str, message: str, append: str
) -> None:
    before = (clone.folder / DATA).read_bytes()
    bad = write(tmp_path / "bad.csv", [lines(1, first=700)[0], row])
    done = clone.run("make", "data", f"FILE={bad}", f"APPEND={append}", check=False)
    assert f"error: {bad}: {message}" in done.stderr
    assert (clone.folder / DATA).read_bytes() == before
    assert clone.status() == ""


def test_a_file_of_the_source_is_scored_as_one_of_data_is(clone: Clone, tmp_path: Path) -> None:
    rows = lines(60, seed=2)
    rows[7] = "K00008;a@example.org;03.04.2024;viel;plus;Süd;ja"
    april = write(tmp_path / "april.csv", rows)
    clone.run("dvc", "repro")
    done = clone.run("make", "predict", f"IN={april}", f"OUT={tmp_path / 'scores.csv'}", "ARGS=--keep Kunde")
    assert f"{tmp_path / 'scores.csv'}: 59 rows" in done.stdout
    assert "row 8: Umsatz must be a finite number, got 'viel'" in done.stdout
    clone.run("make", "data", f"FILE={write(tmp_path / 'good.csv', [*rows[:7], *rows[8:]])}")
    clone.run("make", "predict", f"IN={DATA}", f"OUT={tmp_path / 'same.csv'}", "ARGS=--keep Kunde")
    scores, same = pd.read_csv(tmp_path / "scores.csv"), pd.read_csv(tmp_path / "same.csv")
    pd.testing.assert_frame_equal(scores.drop(columns="row"), same.drop(columns="row"))
    assert scores["row"].tolist() == [*range(1, 8), *range(9, 61)]


def test_the_input_is_not_overwritten(clone: Clone, tmp_path: Path) -> None:
    april = write(tmp_path / "april.csv", lines(5))
    before = april.read_bytes()
    done = clone.run("make", "predict", f"IN={april}", f"OUT={april}", check=False)
    assert f"error: {april}: is the input and would be overwritten" in done.stderr
    assert april.read_bytes() == before


class Timetable(pandera.DataFrameModel):
    """Moments and times of day."""

    seen: pd.Timestamp = pandera.Field(metadata={"role": ["numeric"]})
    opens: str = pandera.Field(metadata={"role": ["clock"]})
    late: int = pandera.Field(metadata={"role": ["target"]})


TIMES: Recorded = {"kind": "csv", "delimiter": ",", "columns": {"seen": {"kind": "moment", "moment": "%d.%m.%Y %H:%M"}}}


def test_a_later_file_keeps_the_times_of_its_moments(tmp_path: Path) -> None:
    """Scoring once cut them off, so that the model saw midnight in every row."""
    path, to = tmp_path / "more.csv", tmp_path / "out.csv"
    path.write_text("seen,opens,late\n13.05.2024 13:08,1:08 PM,1\n14.05.2024 00:00,09:30,0\n")
    retext(sniff(path), TIMES, Timetable.to_schema(), to)
    rows = pd.read_csv(to, dtype=str)
    assert rows["seen"].tolist() == ["2024-05-13T13:08:00", "2024-05-14"]
    assert rows["opens"].tolist() == ["1:08 PM", "09:30"]


def test_a_later_time_of_day_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "more.csv"
    path.write_text("seen,opens,late\n13.05.2024 13:08,noonish,1\n14.05.2024 07:00,09:30,0\n")
    with pytest.raises(ProjectError, match=r"row 1: opens must be a time of day \(13:08, .*got 'noonish'"):
        reread(sniff(path), TIMES, ["seen", "opens", "late"], Timetable.to_schema(), tmp_path / "out.csv", 1)


def test_a_damaged_file_is_not_said_to_have_an_encoding_that_nobody_typed(clone: Clone, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.csv"
    damaged.write_bytes(bytes(range(256)) * 12)
    done = clone.run("make", "data", f"FILE={damaged}", check=False)
    assert f"error: {damaged}: no text in cp1252, as the source of data/ was; is it damaged?\n" in done.stderr
    assert clone.status() == ""
