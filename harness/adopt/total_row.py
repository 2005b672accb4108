"""A last row that holds the sums of the others, as spreadsheets end in."""

import re

import pyarrow as pa
import pyarrow.compute as pc

from harness.tables.staging import Staged

SUM_WORD = re.compile(
    r"((grand|sub)[ -]?)?totals?|sum(me|ma|men)?|soma|suma|somme|totaux|total (geral|general|général)|totale|totaal"
    r"|(gesamt|zwischen)(summe)?|insgesamt|averages?|mean|mittelwert|média"
    r"|合計|総計|小計|平均|合计|总计|итого|всего",
    re.IGNORECASE,
)


def total_row(table: Staged) -> list[str]:
    """A note on the last row, if it begins with such a word and no other row does."""
    last = table.file.read_row_group(table.file.num_row_groups - 1)
    for column in last.columns:
        cell = column[-1].as_py()
        if cell is None:
            continue
        if not pa.types.is_string(column.type) or not SUM_WORD.fullmatch(cell.strip(" .:")):
            return []
        if pc.sum(pc.equal(column, cell)).as_py() > 1:
            return []
        return [f"the last row begins with {cell!r}: if it holds the sums of the others, delete it"]
    return []
