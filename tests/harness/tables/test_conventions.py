"""Numbers and dates that can be read in two ways: the other columns of the file tell."""

from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest

from harness.tables.conventions import find_habits
from harness.tables.detect_format import convert, find_form

OPEN_NUMBERS, OPEN_DATES = ["1,016", "2,240"], ["10/05/2021", "01/02/2022"]
MAY, OCTOBER = datetime(2021, 5, 10), datetime(2021, 10, 5)


@pytest.mark.parametrize(
    ("texts", "other", "delimiter", "read"),
    [
        (OPEN_NUMBERS, ["x", "y"], ",", 1016),
        (OPEN_NUMBERS, ["x", "y"], ";", 1.016),
        (OPEN_NUMBERS, ["124,02", "3.866,96", "7,10"], ",", 1.016),
        (OPEN_NUMBERS, ["1,016.50", "22.25"], ",", 1016),
        (["0,236", "1,016"], ["x", "y"], ",", 0.236),
        (["-0,236", "1,016"], ["x", "y"], ",", -0.236),
        (["1,234,567", "2,000"], ["x", "y"], ";", 1_234_567),
        (["1.016", "2.240"], ["1,5", "2,25"], ";", 1.016),
        (OPEN_DATES, ["x", "y"], ",", OCTOBER),
        (OPEN_DATES, ["12/26/2023", "01/01/2023"], ",", OCTOBER),
        (OPEN_DATES, ["26/12/2023", "01/01/2023"], ",", MAY),
        (OPEN_DATES, ["26.12.2023", "01.01.2023"], "\t", MAY),
        (OPEN_DATES, ["x", "y"], ";", MAY),
    ],
)
def test_the_file_tells_how_a_column_is_read(texts: list[str], other: list[str], delimiter: str, read: Any) -> None:
    """Once 0,236 became 236, and a test began in October instead of May."""
    column, another = pa.chunked_array([texts]), pa.chunked_array([other])
    form = find_form(column, "x", find_habits([another, column], delimiter))
    assert convert(column, form)[0].as_py() == read
