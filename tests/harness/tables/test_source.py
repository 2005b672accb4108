"""Files as strangers send them: encodings, delimiters, headers."""

import gzip
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from harness.core.errors import ProjectError
from harness.tables.source import sniff
from harness.tables.staging import stage

ROWS = "name,größe\n" + "Ärger,1\nÜbel,2\n" * 30


def read(path: Path, folder: Path) -> list[dict[str, object]]:
    source = sniff(path)
    stage(source, folder / "staged.parquet")
    rows: list[dict[str, object]] = pq.read_table(folder / "staged.parquet").rename_columns(source.header).to_pylist()
    return rows


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encoding_and_delimiter_are_found(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = tmp_path / "table.txt"
    path.write_bytes(ROWS.replace(",", delimiter).encode(encoding))
    assert read(path, tmp_path)[:2] == [{"name": "Ärger", "größe": "1"}, {"name": "Übel", "größe": "2"}]


def test_a_zipped_table_and_one_of_json_are_read(tmp_path: Path) -> None:
    zipped, lines = tmp_path / "table.csv.gz", tmp_path / "table.jsonl"
    zipped.write_bytes(gzip.compress(ROWS.encode()))
    lines.write_text('{"a": 1, "b": "x"}\n{"a": null, "b": " "}\n{"b": "y", "c": true}\n')
    assert len(read(zipped, tmp_path)) == 60
    assert read(lines, tmp_path) == [
        {"a": "1", "b": "x", "c": None},
        {"a": None, "b": None, "c": None},
        {"a": None, "b": "y", "c": "true"},
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "empty"),
        ("a,b\n", "it has a header and no rows"),
        ("a,b,a\n1,2,3\n", "the column a is there twice"),
        ("a\n1\n2\n", "one column only"),
        ("a,b\n1,2\n1\n3,4\n", r"row 2: must have 2 fields, as the header has, got 1 \('1'\)"),
        ("39,Private,10\n" + "50,Private,11\n" * 9, "has no header: its first line reads '39', 'Private', '10'"),
        ('{"a": 1}\n[1]\n', "row 2 must be a JSON object"),
        ("some notes\n" + "a,b\n1,2\n" * 9, "its first line, 'some notes', has 1 field\\(s\\), most lines have 2"),
        ("PK\x03\x04rest", "cannot be read as a workbook"),
    ],
)
def test_what_is_no_table_is_refused_in_a_line(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "table"
    path.write_text(content)
    with pytest.raises(ProjectError, match=message) as caught:
        read(path, tmp_path)
    assert "\n" not in str(caught.value)


def test_columns_that_are_numbered_are_a_header(tmp_path: Path) -> None:
    """Once a table of 590 numbered sensors was said to have no header."""
    path = tmp_path / "sensors.csv"
    path.write_text("0,1,2,3,4,fails\n" + "0.1,2.5,3,4,5,no\n" * 9)
    assert sniff(path).header == ("0", "1", "2", "3", "4", "fails")


def test_an_object_inside_an_object_is_taken_apart(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text('{"user": {"plan": "pro", "at": {"city": "Rome"}}, "tags": ["a"]}\n{"user": null, "tags": []}\n')
    assert read(path, tmp_path) == [
        {"user.plan": "pro", "user.at.city": "Rome", "tags": '["a"]', "user": None},
        {"user.plan": None, "user.at.city": None, "tags": "[]", "user": None},
    ]


def test_letters_of_several_encodings_are_those_of_western_europe(tmp_path: Path) -> None:
    path = tmp_path / "kunden.csv"
    path.write_bytes(("Ort;Umsatz\r\n" + "Köln;1,50 €\r\nMünchen;2,50 €\r\n" * 50).encode("cp1252"))
    assert sniff(path).encoding == "cp1252"


def test_a_line_break_in_a_columns_name_is_a_blank(tmp_path: Path) -> None:
    """Once the scoring of such a file said that its header was not UTF-8."""
    path = tmp_path / "table.csv"
    path.write_text('"sales\n2023 ",b\n1,2\n')
    assert sniff(path).header == ("sales 2023", "b")
