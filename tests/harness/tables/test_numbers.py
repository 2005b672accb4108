"""Money and other numbers, as people write them."""

from typing import Any

import pyarrow as pa
import pytest

from harness.tables.conventions import Habits
from harness.tables.detect_format import convert, find_form


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


def test_a_unit_is_left_off_a_quantity_and_stays_with_a_name() -> None:
    powers = [f"{number}.5 bhp" for number in range(60)]
    assert read(powers) == ("number", [number + 0.5 for number in range(60)])
    assert read(["36 months", "60 months"])[0] == "text"
    assert read([f"{number}年建" for number in range(1950, 2010)]) == ("number", list(range(1950, 2010)))
    assert read([f"{number},5 м²" for number in range(60)]) == ("number", [number + 0.5 for number in range(60)])
    assert read([f"{number}室{number % 5}厅" for number in range(60)])[0] == "text"


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (["0"] * 970 + ["a"] * 20 + ["b"] * 10, "text"),  # kinds of holidays: once missing
        (["0", "1", "2"] * 310 + ["3+"] * 70, "text"),
        ([str(code) for code in range(950)] + ["E885", "V57"] * 25, "text"),
        ([str(number) for number in range(950)] + ["1O"] * 2, "integer"),  # a slip of the pen
        ([str(number) for number in range(950)] + ["n.d.", "not asked"] * 25, "integer"),
    ],
)
def test_only_words_stand_for_a_missing_number(texts: list[str], kind: str) -> None:
    assert read(texts)[0] == kind


def read(texts: list[str]) -> tuple[str, list[Any]]:
    column = pa.chunked_array([texts])
    form = find_form(column, "x", Habits())
    return form.kind, convert(column, form).to_pylist()


@pytest.mark.parametrize(
    "texts",
    [[str(number) for number in range(1000)], [*map(str, range(23)), None, "?"] * 40],
    ids=["all of them different", "few of them different"],
)
def test_a_long_column_is_read_in_parts_as_a_short_one_is_at_once(
    texts: list[str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    texts[777], texts[950] = "foo", "n/a"
    column = pa.chunked_array([texts[:333], texts[333:]], pa.string())
    form = find_form(column, "x", Habits())
    values = convert(column, form).to_pylist()
    monkeypatch.setattr("harness.tables.detect_format.ROWS_CONVERTED", 100)
    monkeypatch.setattr("harness.tables.detect_format.MOST_TEXTS", 40)
    assert find_form(column, "x", Habits()) == form
    assert convert(column, form).to_pylist() == values
    assert {"foo", "n/a"} <= form.missing
