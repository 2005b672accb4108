"""How much a body holds, before anything is built of it: a wrong entry costs two hundred times its bytes."""

import re

STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)  # to the end, where it has none: linear in any case


def holds_too_much(body: bytes | bytearray, columns: int, max_rows: int, by_column: bool = False) -> bool:
    """Whether JSON has more entries than its rows can have; what is in texts does not count.

    As each entry but an object's or a list's first has a comma before it, commas are what is counted. Rows are counted
    by their braces; where each column is a list, there may be as many as a request may have.
    """
    rows = max_rows + max_rows // 100 + 1  # of a few too many the request model says how many there may be
    most = columns * (rows if by_column else min(body.count(b"{"), rows))
    if body.count(b",") <= most:
        return False  # even if none of them is in a text
    found, end = 0, 0
    for text in STRING.finditer(body):
        found += body.count(b",", end, text.start())
        end = text.end()
        if found > most:
            return True
    return found + body.count(b",", end) > most
