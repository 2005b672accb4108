"""The names of a table's columns: there, once each, and no row of data."""

import difflib
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from harness.core.errors import ProjectError

NUMERAL = re.compile(r"[-+]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d+)?%?")
COLUMNS_READ = 20_000
ROWS_BELOW = 1000  # rows
ROWS_OF_NUMBERS = 5  # below a row of units
NO_UNITS = {"na", "n/a", "#n/a", "nan", "null", "none", "nil", "missing", "unknown", "inf", "-inf"}
NUMBERED = 4  # names 0, 1, 2, 3, … are a header: pandas writes columns without names so
Row = Sequence[str]


def check_header(path: Path, header: Row, rows: Sequence[Row]) -> tuple[str, ...]:
    """The names in one line each; one that is empty becomes unnamed_<position>.

    Raises ProjectError if a name is there twice, or if the header looks like a row of data.
    """
    names = tuple(in_one_line(str(name)) or f"unnamed_{position}" for position, name in enumerate(header, start=1))
    below = [row for row in rows[:ROWS_BELOW] if tuple(map(in_one_line, row)) != names]  # except for a repeated header
    if _is_data(names, below):
        start = ", ".join(map(repr, names[:4]))
        what = "add a first line with the columns' names"
        raise ProjectError(f"DATA={path}: has no header: its first line reads {start}, …; {what}")
    units = _units(below)
    if units:
        raise ProjectError(f"DATA={path}: row 1 ({', '.join(map(repr, units[:4]))}) holds units, it seems: delete it")
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ProjectError(f"DATA={path}: the column {', '.join(twice)} is there twice; rename one of them")
    if len(names) > COLUMNS_READ:
        raise ProjectError(f"DATA={path}: {len(names):,} columns; at most {COLUMNS_READ:,} can be read")
    if len(names) < 2:
        raise ProjectError(f"DATA={path}: has one column only; a target and at least one feature are needed")
    return names


def in_one_line(name: str) -> str:
    """A name without line breaks and other blanks around and inside it: workbooks have them."""
    return " ".join(name.split())


def snake(name: str) -> str:
    """customerID → customer_id."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"\W+|_+", "_", parted).strip("_").lower()


def find_column(option: str, name: str, names: Sequence[str]) -> str:
    """The column that a person means, whatever its case. Raises ProjectError with the names that there are."""
    folded = {known.casefold(): known for known in names}
    if name in names or name.casefold() in folded:
        return name if name in names else folded[name.casefold()]
    near = difflib.get_close_matches(name.casefold(), list(folded), 1)
    hint = f"did you mean {folded[near[0]]}? " if near else ""
    shown = ", ".join(names[:30]) + (", …" if len(names) > 30 else "")
    raise ProjectError(f"{option}={name}: no such column; {hint}the columns are {shown}")


def _units(rows: Sequence[Row]) -> list[str]:
    """What stands in the first row above numbers, if it is no number in most of the columns of numbers."""
    if len(rows) < ROWS_OF_NUMBERS:
        return []
    columns = [[row[position].strip() for row in rows if len(row) > position] for position in range(len(rows[0]))]
    numbers = [cells for cells in columns if cells[1:] and all(NUMERAL.fullmatch(cell) for cell in cells[1:])]
    texts = [cells[0] for cells in numbers if any(letter.isalpha() or letter in "%°" for letter in cells[0])]
    units = [text for text in texts if text.casefold() not in NO_UNITS]
    return units if len(units) > 1 and 2 * len(units) > len(numbers) else []


def _is_data(names: Row, rows: Sequence[Row]) -> bool:
    """Whether most names are numbers above numbers, or texts that their own column holds again."""
    counted = [int(name) for name in names if name.isdecimal()]
    if not rows or (len(counted) >= NUMBERED and counted == list(range(counted[0], counted[0] + len(counted)))):
        return False
    hits = 0
    for position, name in enumerate(names):
        below = [row[position].strip() for row in rows if len(row) > position]
        numbers = sum(bool(NUMERAL.fullmatch(value)) for value in below)
        is_number = bool(NUMERAL.fullmatch(name))
        hits += (is_number and numbers > len(below) / 2) or (not is_number and name in below)
    return hits > len(names) / 2
