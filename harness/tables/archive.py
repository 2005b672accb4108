"""A .zip that holds one table, as download pages give it; a workbook is a .zip, too, and none of these."""

import zipfile
from pathlib import Path
from typing import BinaryIO

from harness.core.errors import ProjectError

WORKBOOK = {"[Content_Types].xml", "mimetype"}  # of Excel and of OpenDocument
TABLES = (".csv", ".tsv", ".txt", ".tab", ".data", ".json", ".jsonl", ".ndjson")
FILES_SHOWN = 5  # names of files


def is_archive(path: Path) -> bool:
    """Whether a file is a .zip and no workbook."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return not WORKBOOK & set(archive.namelist())


def open_member(path: Path) -> BinaryIO:
    """The one table inside. Raises ProjectError if there is none, or more than one, or a password."""
    archive = zipfile.ZipFile(path)
    names = [name for name in archive.namelist() if not name.endswith("/") and not name.startswith("__MACOSX/")]
    tables = [name for name in names if name.lower().endswith(TABLES)]
    if len(tables) != 1:
        shown = ", ".join((tables or names)[:FILES_SHOWN]) or "nothing"
        raise ProjectError(f"DATA={path}: must hold one table, has {shown}; unpack it and name one file")
    if archive.getinfo(tables[0]).flag_bits & 1:
        raise ProjectError(f"DATA={path}: {tables[0]} needs a password; unpack it and name the file")
    return archive.open(tables[0])  # type: ignore[return-value]
