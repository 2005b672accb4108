"""Files as programs mangle them: workbooks, encodings without a mark, line breaks in cells, lines above the header."""

from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from harness.core.errors import ProjectError
from harness.tables.source import Source, sniff
from harness.tables.staging import stage

TEXTS = {
    "cp1250": "město,počet\n" + "Příbram,1\nŽďár nad Sázavou,2\nČeské Budějovice,3\nKroměříž,4\n" * 20,
    "cp1251": "город,число\n" + "Москва,1\nНовосибирск,3\nЕкатеринбург,4\n" * 20,
    "shift_jis": "都市,数\n" + "東京都,1\n大阪府,2\n北海道札幌市,3\nさいたま市,4\n" * 20,
    "gb18030": "城市,数量\n" + "北京市,1\n上海市,2\n广州市天河区,3\n深圳市,4\n" * 20,
    "utf-16-le": "city,count\n" + "Zürich,1\nGenève,2\nBern,3\n" * 20,
}


def rows(source: Source, folder: Path) -> list[dict[str, object]]:
    stage(source, folder / "staged.parquet")
    found: list[dict[str, object]] = pq.read_table(folder / "staged.parquet").rename_columns(source.header).to_pylist()
    return found


def as_read(text: str) -> list[dict[str, object]]:
    header, *lines = text.splitlines()
    return [dict(zip(header.split(","), line.split(","), strict=True)) for line in lines]


@pytest.mark.parametrize("encoding", TEXTS)
def test_an_encoding_without_a_mark_is_found(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(TEXTS[encoding].encode(encoding))
    assert rows(sniff(path), tmp_path) == as_read(TEXTS[encoding])


@pytest.mark.parametrize("encoding", TEXTS)
def test_an_encoding_that_is_said_is_taken(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(TEXTS[encoding].encode(encoding))
    assert rows(sniff(path, encoding), tmp_path) == as_read(TEXTS[encoding])


def test_an_encoding_that_cannot_be_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(TEXTS["cp1250"].encode("cp1250"))
    with pytest.raises(ProjectError, match=r"ENCODING=utf-8: .*table.csv is not in this encoding: invalid"):
        sniff(path, "utf-8")
    for name in ("latin-99", "rot13", "hex"):
        with pytest.raises(ProjectError, match=f"ENCODING={name}: no such encoding"):
            sniff(path, name)
    with pytest.raises(
        ProjectError, match=r"ENCODING=utf-16: .* is not in this encoding: UTF-16 stream does not start"
    ):
        sniff(path, "utf-16")


def test_a_few_bytes_that_are_no_utf8_are_refused_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(b"city,count\n" + "São Paulo,1\nBrasília,2\n".encode() * 50 + b"?\x98,3\n")
    with pytest.raises(ProjectError, match=r"line 102 is not UTF-8 \(byte 0x98\), although most are; .*ENCODING="):
        sniff(path)
    assert len(rows(sniff(path, "latin-1"), tmp_path)) == 101


def test_an_encoding_that_does_not_read_the_whole_file_is_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(b"name,n\n" + b"caf\xe9,1\n" * 50 + b"\x81\x8d\x8f,2\n")  # cp1252 has none of the three
    with pytest.raises(ProjectError, match=r"line 2 is not UTF-8 \(byte 0xe9\), .*; name it: ENCODING=…"):
        sniff(path)


@pytest.mark.parametrize("end", [b"1,6.2\x1a", b"1,6.2\n\x1a", b"1,6.2\r\n\x1a\x1a\x1a"])
def test_the_end_of_a_file_of_dos_is_no_value(tmp_path: Path, end: bytes) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(b"a,b\n2,5.5\n" + end)
    assert rows(sniff(path), tmp_path) == [{"a": "2", "b": "5.5"}, {"a": "1", "b": "6.2"}]


def test_line_breaks_in_cells_stay_in_them(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text('a,b\n"one\ntwo",1\nthree,2\n')
    assert rows(sniff(path), tmp_path) == [{"a": "one\ntwo", "b": "1"}, {"a": "three", "b": "2"}]


def test_a_line_that_names_the_delimiter_is_no_header(tmp_path: Path) -> None:
    """Excel writes it."""
    path = tmp_path / "table.csv"
    path.write_text("sep=;\na;b\n1;2\n")
    assert rows(sniff(path), tmp_path) == [{"a": "1", "b": "2"}]


def test_lines_above_the_header_are_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("Sales of May\nmade by hand\n\na,b\n" + "1,2\n" * 9)
    with pytest.raises(ProjectError, match="the columns' names seem to be in line 4: delete the lines above it"):
        sniff(path)


def test_a_row_of_another_width_is_named(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,b\n" + "1,2\n" * 5 + "1,2,3\n" + "1,2\n" * 9)
    with pytest.raises(ProjectError, match=r"row 6: must have 2 fields, as the header has, got 3 \('1,2,3'\)"):
        rows(sniff(path), tmp_path)


def book(path: Path, **sheets: list[list[object]]) -> Path:
    pytest.importorskip("openpyxl")
    pytest.importorskip("python_calamine")
    with pd.ExcelWriter(path) as writer:
        for name, cells in sheets.items():
            pd.DataFrame(cells).to_excel(writer, sheet_name=name, header=False, index=False)
    return path


TABLE: list[list[object]] = [
    ["day", "n", "ok"],
    [pd.Timestamp("2024-05-01"), 1, True],
    [pd.Timestamp("2024-05-02"), 2.5, None],
]
READ = [{"day": "2024-05-01", "n": "1", "ok": "true"}, {"day": "2024-05-02", "n": "2.5", "ok": None}]


def test_the_first_sheet_of_a_workbook_is_read(tmp_path: Path) -> None:
    path = book(tmp_path / "table.xlsx", May=TABLE, June=[["x", "y"], [1, 2]])
    assert rows(sniff(path), tmp_path) == READ
    assert rows(sniff(path, sheet="June"), tmp_path) == [{"x": "1", "y": "2"}]
    assert [sniff(path, sheet=sheet).others for sheet in ("", "June")] == [("June",), ("May",)]


def test_a_title_above_a_sheets_header_is_left_out(tmp_path: Path) -> None:
    title: list[list[object]] = [["Sales of May", None, None], [None, None, None]]
    assert rows(sniff(book(tmp_path / "table.xlsx", May=title + TABLE)), tmp_path) == READ


@pytest.mark.parametrize(
    ("sheet", "below", "message"),
    [
        ("July", [], "SHEET=July: no such sheet; there are May"),
        (
            "",
            [[None] * 3, ["a", "b", "c"]],
            "row 4 of the sheet May is empty, and row 5 is not: keep one table",
        ),
    ],
)
def test_a_workbook_that_holds_no_one_table_is_refused(
    tmp_path: Path, sheet: str, below: list[list[object]], message: str
) -> None:
    path = book(tmp_path / "table.xlsx", May=TABLE + below)
    with pytest.raises(ProjectError, match=message):
        sniff(path, sheet=sheet)


def test_a_sheet_of_no_workbook_and_a_file_that_is_none_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ProjectError, match="SHEET=May: works only with a workbook"):
        sniff(path, sheet="May")


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,2\n")
    source = sniff(path)
    path.write_text("a,b\n1,2\n3,4\n")
    with pytest.raises(ProjectError, match="changed while it was read"):
        stage(source, tmp_path / "staged.parquet")


def test_too_many_columns_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(",".join(f"c{n}" for n in range(100_000)) + "\n" + ",".join("1" * 100_000) + "\n")
    with pytest.raises(ProjectError, match="its first line is too long; at most 20,000 columns can be read"):
        sniff(path)
