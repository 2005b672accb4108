"""Money and other numbers, as people write them."""

from typing import Any

import pyarrow as pa
import pytest

from src.adopt.forms import convert, find_form
from src.adopt.habits import Habits


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (["$1,234.50", "-$3.00", "$-1"], [1234.5, -3, -1]),
        (["($1,234.50)", "$3.00"], [-1234.5, 3]),
        (["USD 1,234.50", "USD 3"], [1234.5, 3]),
        (["12.5EUR", "-7 EUR"], [12.5, -7]),
        (["1 234,50 €", "12,50 €"], [1234.5, 12.5]),
        (["1\u202f234,5", "12"], [1234.5, 12]),
        (["1'234.50", "99.10"], [1234.5, 99.1]),
        (["10.65%", "7 %"], [10.65, 7]),
    ],
)
def test_money_is_a_number(texts: list[str], numbers: list[float]) -> None:
    assert read(texts) == ("number", numbers)


@pytest.mark.parametrize(
    "texts",
    [
        ["$5", "6 €"],  # of two currencies
        ["EUR 5", "USD 6"],
        ["601 234 567", "555 123 456"],  # phones
        ["007", "12"],
        ["ABC 12", "ABC 13"],
    ],
)
def test_what_is_no_quantity_stays_a_text(texts: list[str]) -> None:
    assert read(texts) == ("text", texts)


def read(texts: list[str]) -> tuple[str, list[Any]]:
    column = pa.chunked_array([texts])
    form = find_form(column, "x", Habits())
    return form.kind, convert(column, form).to_pylist()
