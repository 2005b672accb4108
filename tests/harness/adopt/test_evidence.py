"""What evidence says of a column: leaks by gaps, codes of missing values, sentences without blanks, units."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from harness.adopt.column_facts import Facts
from harness.adopt.key_columns import looks_like_id
from harness.adopt.leaks import filled_for_one_class, spans_target
from harness.adopt.notes import read_as_missing
from harness.adopt.open_sets import is_free
from harness.adopt.sentinels import doubtful_minus_one, edges, find_sentinels
from harness.adopt.task import find_positive, find_task
from harness.core.errors import ProjectError
from harness.tables.column_format import Form
from harness.tables.detect_format import convert
from harness.tables.detect_numbers import find_number_form
from tests.support.plans import ROWS, column, orders, plan_of


def moments(name: str, values: "pd.Series[pd.Timestamp]") -> Facts:
    gaps = int(values.isna().sum())
    return Facts(name, Form("moment"), len(values), gaps, values.nunique(), pd.Series(dtype=int), sample=values)


def texts_of(texts: list[str]) -> Facts:
    return Facts("x", Form("text"), len(texts), 0, len(set(texts)), pd.Series(dtype=int), texts=tuple(texts))


def test_a_gap_of_another_moment_is_its_own_leak_alone() -> None:
    """Once the day of the application was left out, because the loan was closed for one class only."""
    rng = np.random.default_rng(0)
    lost = pd.Series(rng.integers(0, 2, 300))
    applied = pd.Series(pd.Timestamp("2023-06-01") + pd.to_timedelta(rng.integers(0, 300, 300), "D"))
    closed = (applied - pd.to_timedelta(rng.integers(1, 90, 300), "D")).where(lost == 1)
    target = Facts("lost", Form("integer"), 300, 0, 2, lost.value_counts(), sample=lost)
    assert spans_target(moments("applied", applied), [moments("closed", closed)], target, "binary") == ""
    assert filled_for_one_class(moments("closed", closed), target).startswith("filled in ")


@pytest.mark.parametrize("code", [-999.9, 999.9, -99.99, 32767.0, 65535.0, 9.969209968386869e36, -9999.0, 8888.0])
def test_a_code_of_missing_values_is_found_in_numbers_with_decimals(code: float) -> None:
    """Once -999.9 was a temperature."""
    values = pa.chunked_array([pa.array([*np.linspace(1, 3, 90).round(2), *[code] * 6])])
    assert find_sentinels({"temp": edges(values), "humidity": edges(values)}) == {"temp": (code,), "humidity": (code,)}


@pytest.mark.parametrize("value", [-123.4, 45.67, 812.0])
def test_a_measured_value_far_out_is_no_code(value: float) -> None:
    values = pa.chunked_array([pa.array([*np.linspace(1, 3, 90).round(2), *[value] * 6])])
    assert find_sentinels({"temp": edges(values), "humidity": edges(values)}) == {}


def test_minus_one_below_numbers_that_are_not_negative_is_asked_about(tmp_path: Path) -> None:
    hours = np.random.default_rng(0).integers(20, 60, ROWS)
    hours[::20] = -1
    plan = plan_of(tmp_path, orders().assign(**{"hours": hours, "h (worked)": hours + 1 - (hours < 0)}))
    asked = "-1 in 20 rows looked at, the only negative value; if it means missing: MISSING="
    assert column(plan, "hours").reason == f"{asked}hours:-1"
    assert column(plan, "h (worked)").reason.endswith(f"{asked}'h (worked):-1'")  # it can be pasted into a shell
    assert doubtful_minus_one(np.array([-1, -1, -1, -2, 5, 6.0])) == 0
    assert doubtful_minus_one(np.array([-1, -1, -1, 1, 1.0])) == 0  # -1 and 1 are two classes


def test_a_value_that_whole_numbers_cannot_hold_is_missing_in_none_of_them() -> None:
    """Once MISSING=-9.99 ended in a traceback."""
    whole = pa.chunked_array([pa.array([1, 2, 3])])
    for value in (-9.99, 1e30, float("nan")):
        assert convert(whole, Form("integer", void=(value, 2.0))).to_pylist() == [1, None, 3]


def test_the_value_that_is_read_as_missing_is_told_as_it_is_written() -> None:
    """Once 99999999 was told as 1e+08."""
    income = Facts("income", Form("integer"), 9, 0, 9, pd.Series(dtype=int), void=((99_999_999.0, 3),))
    assert read_as_missing([income]) == [
        "99999999 is read as missing in income (3 rows); if it is a value: MISSING=none"
    ]


def test_sentences_of_scripts_without_blanks_are_free_text_and_no_id() -> None:
    comments = ["とてもよい部屋でした。食事が残念" + "！" * n + "また来たい" for n in range(30)]
    assert (looks_like_id(texts_of(comments)), is_free(texts_of(comments))) == (False, True)
    names = [f"{one}{two}" for one in "王李张刘陈杨" for two in "伟芳娜敏静"]
    assert (looks_like_id(texts_of(names)), is_free(texts_of(names))) == (False, False)
    assert looks_like_id(texts_of([f"受付{n:04}" for n in range(30)]))


def form_of(texts: list[str]) -> Form | None:
    return find_number_form(pd.Series(texts, dtype="str"), np.ones(len(texts), dtype=int), "x")


@pytest.mark.parametrize("first", ["18.1 kmpl", "18.3 km/kg"])
def test_values_of_a_second_unit_are_missing_whichever_comes_first(first: str) -> None:
    """Once kilometres a litre and a kilogram were one number."""
    texts = [first, *(f"{10 + n / 10:.1f} kmpl" for n in range(60)), *(f"{20 + n}.3 km/kg" for n in range(4))]
    form = form_of(texts)
    assert form is not None
    assert (form.signs, form.unitless) == ("kmpl", True)


@pytest.mark.parametrize(
    ("labels", "positive"),
    [
        (["陰性", "陽性"], "陽性"),
        (["Negativ", "Positiv"], "Positiv"),
        (["não aprovado", "aprovado"], "aprovado"),
        (["negativo", "positivo"], "positivo"),
    ],
)
def test_the_positive_class_is_known_in_other_languages(labels: list[str], positive: str) -> None:
    """Once the rarer one was taken: the negative."""
    for counts in ([9, 5], [5, 9]):
        target = Facts("y", Form("text"), 14, 0, 2, pd.Series(counts, index=pd.Index(labels, dtype=object)))
        assert find_positive(target, "")[0] == positive


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (
            [f"{58 + n}.910 €{' VB' if n % 9 == 0 else ''}" for n in range(80)],
            "are not numbers, such as '58.910 € VB', '67",
        ),
        ([f"{'USD' if n % 2 else 'EUR'} {n}.50" for n in range(80)], r"several currencies \(EUR, USD\): make them one"),
    ],
)
def test_a_refused_target_shows_the_texts_that_cannot_be_read(texts: list[str], told: str) -> None:
    """Once it named '58.910 €', which can."""
    with pytest.raises(ProjectError, match=told):
        find_task(texts_of(texts), "")
