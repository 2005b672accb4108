"""The table of a workbook (Excel, OpenDocument): its first sheet, or the one that is asked for."""

from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path

import pandas as pd

from harness.core.errors import ProjectError

CALAMINE = "python-calamine"
Cells = list[str | None]


def read_header(path: Path, sheet: str) -> tuple[list[str], list[str], list[list[str]]]:
    """The sheets' names, the read one first; its columns' names and the first rows below them."""
    sheets, rows = _read(path, sheet)
    header, *below = rows
    return sheets, [cell or "" for cell in header], [[cell or "" for cell in row] for row in below[:1000]]


def read_sheet(path: Path, sheet: str) -> list[Cells]:
    """The rows below the header, every cell as a text: dates as ISO 8601 writes them, truth values true or false."""
    return _read(path, sheet)[1][1:]


def _read(path: Path, sheet: str) -> tuple[list[str], list[Cells]]:
    """From the header on. Raises ProjectError if there is no such sheet, no table, or one table below another."""
    try:
        with pd.ExcelFile(path, engine="calamine") as book:
            names = [str(name) for name in book.sheet_names]
            if sheet and sheet not in names:
                raise ProjectError(f"SHEET={sheet}: no such sheet; there are {', '.join(names)}")
            chosen = sheet or names[0]
            frame = pd.read_excel(
                book, sheet_name=chosen, header=None, dtype=object, keep_default_na=False, na_values=[]
            )
    except ImportError:
        raise ProjectError(
            f"DATA={path}: to read a workbook, install the package {CALAMINE}; or save the table as CSV"
        ) from None
    except ProjectError:
        raise
    except Exception as error:  # whatever the reader says of a file that is not a workbook
        raise ProjectError(f"DATA={path}: cannot be read as a workbook: {' '.join(str(error).split())[:200]}") from None
    rows = [[_as_text(cell) for cell in row] for row in frame.to_numpy()]
    others = [name for name in names if name != chosen]
    if not any(cell is not None for row in rows for cell in row):
        more = f"; the others are {', '.join(others[:10])}: SHEET=…" if others else ""
        raise ProjectError(f"DATA={path}: the sheet {chosen} is empty{more}")
    return [chosen, *others], _table(path, chosen, rows)


def _table(path: Path, sheet: str, rows: Sequence[Cells]) -> list[Cells]:
    """The rows from the header on: the first one that is as wide as most; a title above it is left out."""
    filled = [sum(cell is not None for cell in row) for row in rows]
    usual = max(set(filled) - {0}, key=lambda width: (filled.count(width), width))
    start = next(number for number, width in enumerate(filled) if width >= usual)
    used = [position for position, cell in enumerate(rows[start]) if cell is not None]
    table = [[row[position] for position in used] for row in rows[start:]]
    _check_sides(path, sheet, rows, start, used)
    end = next((number for number, width in enumerate(filled) if number > start and not width), len(rows))
    below = next((number for number in range(end, len(rows)) if filled[number]), None)
    if below is not None:
        raise ProjectError(
            f"DATA={path}: row {end + 1} of the sheet {sheet} is empty, and row {below + 1} is not: "
            "keep one table per sheet"
        )
    return table[: end - start]


def _check_sides(path: Path, sheet: str, rows: Sequence[Cells], start: int, used: Sequence[int]) -> None:
    """Raises ProjectError if a second table stands beside the first, or a cell beside the columns."""
    below = rows[start:]
    for gap in range(used[0], used[-1]):
        if all(row[gap] is None for row in below):
            lengths = {_last_filled(below, used[0], gap), _last_filled(below, gap, used[-1] + 1)}
            if len(lengths) > 1:
                raise ProjectError(
                    f"DATA={path}: column {_letters(gap)} of the sheet {sheet} is empty, and what stands right of it "
                    "has another number of rows: keep one table per sheet"
                )
    for number, row in enumerate(below, start=start + 1):
        for position in range(used[-1] + 1, len(row)):
            if row[position] is not None:
                raise ProjectError(
                    f"DATA={path}: row {number} of the sheet {sheet} holds {row[position]!r} in column "
                    f"{_letters(position)}, which has no name"
                )


def _last_filled(rows: Sequence[Cells], first: int, end: int) -> int:
    return max(number for number, row in enumerate(rows) if any(cell is not None for cell in row[first:end]))


def _letters(position: int) -> str:
    """A, B, …, Z, AA, … as spreadsheets call their columns."""
    before, letter = divmod(position, 26)
    return (_letters(before - 1) if before else "") + chr(ord("A") + letter)


def _as_text(cell: object) -> str | None:
    if cell is None or cell == "" or cell != cell:  # noqa: PLR0124  (NaN)
        return None
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ").removesuffix(" 00:00:00")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell).strip() or None
