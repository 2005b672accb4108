"""Files that are cut off, packed, put together or titled: read, or refused in one line that names the place."""

import gzip
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest

from harness.batch.read import open_table
from harness.core.errors import ProjectError
from harness.tables.read_batches import read_batches
from harness.tables.source import sniff
from harness.tables.staging import stage

LINES = "\n".join(f"{n / 8},{n * 2},{n % 2}" for n in range(40))
TABLE = f"a,b,y\n{LINES}\n"


def written(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def told(path: Path, encoding: str = "") -> str:
    """The error of reading a file, which is one line."""
    with pytest.raises(ProjectError) as caught:
        stage(sniff(path, encoding), path.with_suffix(".staged"))
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(f"DATA={path}: ")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("cut.parquet", b"PAR1abcdef", "cannot be read: "),
        ("cut.csv.gz", gzip.compress(TABLE.encode() * 99)[:-40], "cannot be read: Compressed file ended"),
        ("deep.json", '{"a":' * 3000 + "1" + "}" * 3000, "cannot be read: objects inside objects, too deep"),
    ],
)
def test_a_damaged_file_is_refused_in_one_line(tmp_path: Path, name: str, content: bytes | str, reason: str) -> None:
    """Once each of them ended in a traceback."""
    assert told(written(tmp_path / name, content)).startswith(reason)


@pytest.mark.parametrize("encoding", ["idna", "undefined", "punycode"])
def test_a_codec_that_reads_no_files_is_no_encoding(tmp_path: Path, encoding: str) -> None:
    assert told(written(tmp_path / "t.csv", TABLE), encoding).startswith(f"ENCODING={encoding}: ")


def test_a_cell_of_any_length_is_read(tmp_path: Path) -> None:
    """Once 131,072 letters were the most: Python's csv has that limit."""
    path = written(tmp_path / "t.csv", f"text,y\n{'x' * 140_000},1\nshort,2\n")
    text, y = next(read_batches(sniff(path)))
    assert ([len(cell) for cell in text.to_pylist()], y.to_pylist()) == ([140_000, 5], ["1", "2"])


def test_a_zipped_table_is_read_as_it_is(tmp_path: Path) -> None:
    """Once it was taken for a workbook."""
    path = tmp_path / "archive.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("__MACOSX/._t.csv", "x")
        archive.writestr("data/t.csv", TABLE)
        archive.writestr("readme.md", "x")
    assert stage(sniff(path), tmp_path / "staged") == 40
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("u.csv", TABLE)
    assert told(path) == "must hold one table, has data/t.csv, u.csv; unpack it and name one file"


def test_a_title_that_a_spreadsheet_padded_names_the_headers_line(tmp_path: Path) -> None:
    """Once the title became the columns' names."""
    title = "Bericht 2023;;\nStand: 1.2.2024;;\n;;\n"
    assert told(written(tmp_path / "t.csv", title + TABLE.replace(",", ";"))) == (
        "its first line, 'Bericht 2023', has 1 name(s), most lines have 3 values; "
        "the columns' names seem to be in line 4: delete the lines above it"
    )


def test_names_may_be_empty_above_values(tmp_path: Path) -> None:
    assert sniff(written(tmp_path / "t.csv", f",,y\n{LINES}\n")).header == ("unnamed_1", "unnamed_2", "y")


def test_a_header_in_the_middle_names_its_row(tmp_path: Path) -> None:
    """Once the first line was taken for a row of data."""
    assert told(written(tmp_path / "t.csv", TABLE + TABLE)) == "row 41 is the header again: delete it"
    assert told(written(tmp_path / "t.csv", TABLE * 3)) == (
        "row 41 is the header again, and so are 1 rows after it: delete them"
    )


def test_a_row_of_units_is_no_data(tmp_path: Path) -> None:
    """Once the unit of one cell made the column a text, and it was left out."""
    path = written(tmp_path / "t.csv", TABLE.replace("y\n", "y\n[°C],[m3/h],-\n", 1))
    assert told(path) == "row 1 ('[°C]', '[m3/h]') holds units, it seems: delete it"
    assert sniff(written(tmp_path / "u.csv", TABLE.replace("y\n", "y\nNA,nan,-\n", 1))).header == ("a", "b", "y")


def test_a_name_may_hold_letters_that_nobody_sees(tmp_path: Path) -> None:
    """Once scoring refused the header of a file that had been adopted: as no UTF-8."""
    names = ["a\u200bb", "x\u202ey", "n\u00a0o"]
    assert open_table(written(tmp_path / "t.csv", f"{','.join(names)}\n1,2,3\n")).schema == pa.schema(
        [(name, pa.string()) for name in names]
    )
    with pytest.raises(ProjectError, match="the header is not UTF-8 text"):
        open_table(written(tmp_path / "t.csv", "Größe,b\n1,2\n".encode("cp1252")))


def test_a_byte_of_zero_makes_no_other_encoding(tmp_path: Path) -> None:
    """Once one in a cell made the whole file UTF-16, whose names were Chinese."""
    assert sniff(written(tmp_path / "t.csv", "a,b,y\n" + "1,2,0\n2,\0,1\n" * 20)).header == ("a", "b", "y")
    assert sniff(written(tmp_path / "u.csv", "城市,y\n北京市,1\n".encode("utf-16-le"))).header == ("城市", "y")
