"""Kinds of columns that were read wrongly once: each with what is right, and with tables like it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from harness.adopt.infer import infer
from harness.adopt.plan import Column, Plan, Wishes
from harness.adopt.resolve import resolve
from harness.core.errors import ProjectError
from harness.tables.source import sniff
from harness.tables.staging import Staged, stage

Adopt = Callable[..., Plan]


@pytest.fixture
def adopt(tmp_path: Path) -> Adopt:
    """What is decided about a table, written as CSV."""

    def adopted(table: pd.DataFrame | str, target: str, **wishes: object) -> Plan:
        path = tmp_path / "table.csv"
        path.write_text(table if isinstance(table, str) else table.to_csv(index=False), "utf-8")
        source = sniff(path)
        stage(source, tmp_path / "staged.parquet")
        staged = Staged(tmp_path / "staged.parquet", source.header, source.delimiter)
        return infer(staged, resolve(Wishes(target, **wishes), source.header))  # type: ignore[arg-type]

    return adopted


def column(plan: Plan, name: str) -> Column:
    return next(column for column in plan.columns if column.name == name)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def numbers(rows: int = 200) -> pd.DataFrame:
    """Two features and a target of numbers, by chance."""
    made = rng()
    return pd.DataFrame(
        {"a": made.normal(size=rows).round(3), "b": made.integers(0, 9, rows), "y": made.normal(size=rows)}
    )


def labels(rows: int = 200) -> pd.DataFrame:
    return numbers(rows).assign(y=rng().choice(["no", "yes"], rows))


@pytest.mark.parametrize(
    "code",
    [
        lambda y, n: f"{1980 + n % 30}{y.upper()}",  # the year of the exam, and whether it was passed
        lambda y, n: f"{'AZ'[y == 'yes']}-{n % 40}",
        lambda y, n: f"ward {n % 25} {'home' if y == 'no' else 'icu'}",
    ],
)
def test_a_label_inside_of_a_code_is_a_leak(adopt: Adopt, code: Callable[[str, int], str]) -> None:
    table = labels(240)
    table["code"] = [code(y, n) for n, y in enumerate(table["y"])]
    found = column(adopt(table, "y"), "code")
    assert found.roles == ()
    assert found.reason.startswith("a leak, it seems: by itself it predicts the target (ROC AUC ")


def test_a_time_of_day_that_tells_the_class_is_a_leak(adopt: Adopt) -> None:
    table = labels(300)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng().permutation(300), "D")
    table["logged"] = days + pd.to_timedelta(np.where(table["y"] == "yes", 3, 15), "h")
    found = column(adopt(table, "y", time="none"), "logged")
    assert (found.roles, found.reason[:17]) == ((), "a leak, it seems:")


@pytest.mark.parametrize("rows", [12, 20, 60])
def test_columns_of_different_numbers_do_not_say_the_same(adopt: Adopt, rows: int) -> None:
    table = pd.DataFrame(rng().normal(size=(rows, 3)).round(4), columns=["spend", "admin", "profit"])
    plan = adopt(table, "profit")
    assert [column(plan, name).roles for name in ("spend", "admin")] == [("numeric",), ("numeric",)]


def test_a_number_for_each_class_is_a_leak_where_it_cannot_be_chance(adopt: Adopt) -> None:
    table = labels(60).assign(code=lambda table: table["y"].map({"no": 1, "yes": 2}))
    assert column(adopt(table, "y"), "code").reason == (
        "a leak: it says the same as the target in all of 60 rows looked at"
    )


@pytest.mark.parametrize("name", ["reservation_status_date", "closed_at", "last_update", "resolved_on", "cancelled on"])
def test_a_moment_after_the_outcome_never_splits_and_is_told(adopt: Adopt, name: str) -> None:
    table = labels(120).assign(**{name: pd.date_range("2024-01-01", periods=120)})
    plan = adopt(table, "y")
    assert plan.named("time") == []
    assert "by its name it may be written after the outcome (alone ROC AUC " in column(plan, name).reason


@pytest.mark.parametrize(
    ("parts", "made"),
    [
        ({"year": [2020, 2021], "month": list(range(1, 13)), "day": list(range(1, 28)), "hour": [0, 12]}, "date"),
        (
            {"arrival_date_year": [2016], "arrival_date_month": ["January", "May", "June", "July", "August"]},
            "arrival_date",
        ),
        ({"Year": [2019, 2020], "Month": ["Jan", "Feb", "Mar"], "DayofMonth": list(range(1, 29))}, "date"),
    ],
)
def test_a_date_in_parts_is_one_moment_and_its_parts_are_features(
    adopt: Adopt, parts: dict[str, list[object]], made: str
) -> None:
    table = numbers(180)
    for name, values in parts.items():
        table[name] = pd.Series([values[n % len(values)] for n in range(180)])
    plan = adopt(table, "y")
    assert (plan.named("time"), column(plan, made).roles) == ([made], ("time",))
    month = column(plan, next(name for name in parts if "onth" in name and "Day" not in name))
    assert month.limits in ({"ge": 1, "le": 12}, {"isin": sorted(month.limits.get("isin", []))})
    assert len(month.limits.get("isin", range(12))) == 12


def test_numbers_that_are_no_calendar_are_no_date_in_parts(adopt: Adopt) -> None:
    """Bicycles' yr is 0 and 1."""
    table = numbers(90).assign(yr=[n % 2 for n in range(90)], mnth=[n % 12 + 1 for n in range(90)])
    assert adopt(table, "y").named("time") == []


@pytest.mark.parametrize("form", ["%Y%m%dT%H%M%S", "%Y%m%d", "%Y-%m", "%Y, %B", "%B %Y", "%d.%m.%Y %H:%M"])
def test_dates_are_known_in_whatever_form(adopt: Adopt, form: str) -> None:
    when = pd.date_range("2014-05-01", periods=60, freq="9D").strftime(form)
    plan = adopt(numbers(60).assign(sold_on=when), "y")
    assert column(plan, "sold_on").roles == ("time", "numeric")


def test_milliseconds_are_a_date(adopt: Adopt) -> None:
    plan = adopt(numbers(60).assign(created=1_577_836_800_000 + np.arange(60) * 86_400_000), "y")
    assert column(plan, "created").roles == ("time", "numeric")


def test_numbers_of_eight_digits_that_are_no_days_are_numbers(adopt: Adopt) -> None:
    plan = adopt(numbers(60).assign(weight=20_140_000 + rng().integers(0, 9_999, 60)), "y")
    assert column(plan, "weight").type == "int"


@pytest.mark.parametrize(
    ("odd", "note"),
    [
        (["1133 - 1384", "900-1000"], "in 2 rows a range is read as its middle: '1133 - 1384'"),
        (["34.46Sq. Meter"], "in 1 rows a unit is left off: '34.46Sq. Meter'"),
        (["10+"], "in 1 rows a bound (10+) is read as its number: '10+'"),
        (["<5", "> 900"], "in 2 rows a bound (<5) is read as its number: '<5'"),
    ],
)
def test_a_few_ranges_bounds_and_units_among_numbers_are_numbers(adopt: Adopt, odd: list[str], note: str) -> None:
    sizes = [str(600 + 7 * n) for n in range(60 - len(odd))] + odd
    plan = adopt(numbers(60).assign(size=sizes), "y")
    assert (column(plan, "size").type, column(plan, "size").roles) == ("float", ("numeric",))
    assert f"size: {note}" in plan.notes


def test_many_ranges_are_names_and_the_share_of_numbers_is_told(adopt: Adopt) -> None:
    sizes = [f"{600 + n % 30} - {700 + n % 30}" if n % 4 == 0 else str(600 + n % 40) for n in range(200)]
    found = column(adopt(numbers().assign(size=sizes), "y"), "size")
    assert found.roles == ("categorical",)
    assert "75% of its rows are numbers, the others are texts such as '600 - 700'" in found.reason


def test_values_in_several_units_are_missing_and_ranges_beside_them_are_read(adopt: Adopt) -> None:
    sizes = [str(600 + 7 * n) for n in range(50)] + ["900 - 1000"] * 2 + ["34.46Sq. Meter", "12 Acres", "3 Acres"]
    plan = adopt(numbers(55).assign(size=sizes), "y")
    assert (column(plan, "size").type, column(plan, "size").nullable) == ("float", True)
    assert "size: in 2 rows a range is read as its middle: '900 - 1000'" in plan.notes
    assert any(note.startswith("'12 Acres' is read as missing in size") for note in plan.notes)


def test_a_column_that_is_filled_in_few_rows_is_told_as_such(adopt: Adopt) -> None:
    table = labels(200)
    table["remark"] = ["late"] * 1 + [None] * 199
    assert column(adopt(table, "y"), "remark").reason == "empty in all but 1 of 200 rows"


def test_names_of_many_words_are_no_persons(adopt: Adopt) -> None:
    kinds = [f"{make} Grand Cross XO Euro Turbo {style}" for make in ["Audi", "Kia", "Fiat"] for style in "ABCDEFGHIJ"]
    assert column(adopt(labels(300).assign(name=kinds * 10), "y"), "name").roles[0] == "categorical"


@pytest.mark.parametrize(
    ("names", "personal"),
    [
        ([f"梅园{n}街坊（一期）" for n in range(30)], False),
        ([f"{one}{two}" for one in "王李张刘陈杨" for two in "伟芳娜敏静"], True),
        (
            [f"{one} {two}" for one in ("Anna", "Per", "Ida", "Jo") for two in ("Lund", "Berg", "Dahl", "Holm", "Vik")],
            True,
        ),
    ],
)
def test_names_that_repeat_are_persons_only_if_they_look_so(adopt: Adopt, names: list[str], personal: bool) -> None:
    found = column(adopt(labels(300).assign(name=(names * 20)[:300]), "y"), "name")
    assert found.reason.startswith("personal data") == personal


@pytest.mark.parametrize(
    ("money", "values"),
    [
        ("R$ {}", [208490, 1200]),
        ("Rs. {}", [208490, 1200]),
        ("US$ {}", [208490, 1200]),
        ("{} kr", [208490, 1200]),
        ("{} zł", [208490, 1200]),
        ("CHF {}", [208490, 1200]),
        ("¥{}", [208490, 1200]),
        ("￥{}", [208490, 1200]),
        ("\\{}", [208490, 1200]),  # ¥ in Shift-JIS
        ("{} PLN", [208490, 1200]),
        ("€{}", [208490, 1200]),
    ],
)
@pytest.mark.parametrize(("delimiter", "thousands"), [(";", "."), ("\t", ",")])
def test_money_of_the_world_is_a_number_in_both_conventions(
    adopt: Adopt, money: str, values: list[int], delimiter: str, thousands: str
) -> None:
    prices = [*values, *range(2000, 9000, 100)]
    rows = [f"{n % 3}{delimiter}{money.format(f'{price:,}'.replace(',', thousands))}" for n, price in enumerate(prices)]
    plan = adopt("\n".join([f"rooms{delimiter}price", *rows]), "price")
    assert (plan.task, column(plan, "price").type) == ("regression", "int")
    assert column(plan, "price").form.thousands == thousands


def test_a_target_that_cannot_be_read_as_numbers_is_shown(adopt: Adopt) -> None:
    table = numbers(120).assign(y=[f"about {n} hours, {n} minutes" for n in range(120)])
    with pytest.raises(
        ProjectError, match=r"120 different values; at most 50 classes .* such as 'about 0 hours, 0 minutes'"
    ):
        adopt(table, "y")


@pytest.mark.parametrize(
    ("classes", "positive"),
    [
        (("notckd", "ckd"), "ckd"),
        (("non-fraud", "fraud"), "fraud"),
        (("no disease", "disease"), "disease"),
        (("nonresponder", "responder"), "responder"),
        (("No_Rain", "Rain"), "Rain"),
    ],
)
def test_of_a_label_and_its_negation_the_label_is_positive(
    adopt: Adopt, classes: tuple[str, str], positive: str
) -> None:
    table = numbers(90).assign(y=[classes[n % 3 == 0] for n in range(90)])
    for target in (table["y"], table["y"][::-1].to_numpy()):
        assert adopt(table.assign(y=target), "y").positive == positive
    swapped = table.assign(y=[classes[n % 3 != 0] for n in range(90)])
    assert adopt(swapped, "y").positive == positive


def test_quotes_around_every_value_come_off(adopt: Adopt) -> None:
    table = numbers(90).assign(
        y=[("'notckd'", "'ckd'")[n % 2] for n in range(90)], size=[f"'{n % 40}'" for n in range(90)]
    )
    plan = adopt(table, "y")
    assert (plan.positive, column(plan, "size").roles) == ("ckd", ("numeric",))


def test_spellings_of_one_value_are_told(adopt: Adopt) -> None:
    table = numbers(90).assign(tariff=[("Basis", "basis", "plus")[n % 3] for n in range(90)])
    assert "'Basis' and 'basis' count as two values" in column(adopt(table, "y"), "tariff").reason


@pytest.mark.parametrize(
    ("values", "missing", "void"),
    [
        ({"co": -200, "nox": -200}, (), (-200.0,)),
        ({"co": -999}, (), (-999.0,)),
        ({"co": 9999, "nox": 9999}, (), (9999.0,)),
        ({"co": -200, "nox": -200}, ("none",), ()),
        ({"co": 7}, ("7",), (7.0,)),
        ({"co": 7}, ("co:7",), (7.0,)),
    ],
)
def test_a_number_that_stands_for_missing_is_found_or_said(
    adopt: Adopt, values: dict[str, int], missing: tuple[str, ...], void: tuple[float, ...]
) -> None:
    table = numbers(100).assign(co=rng().integers(0, 20, 100), nox=rng().integers(50, 90, 100))
    for name, value in values.items():
        table.loc[::12, name] = value
    plan = adopt(table, "y", missing=missing)
    assert column(plan, "co").form.void == void
    assert column(plan, "co").nullable is bool(void)


@pytest.mark.parametrize(
    ("columns", "void"), [({"pressure": 72, "weight": 32}, (0.0,)), ({"built": 1978}, (0.0,)), ({"pressure": 72}, ())]
)
def test_a_zero_where_none_can_be_is_missing_or_asked_about(
    adopt: Adopt, columns: dict[str, int], void: tuple[float, ...]
) -> None:
    table = labels()
    for place, (name, mean) in enumerate(columns.items()):
        table[name] = np.random.default_rng(place).normal(mean, mean / 12 if mean < 100 else 20, 200).round(1)
        table.loc[place::40, name] = 0
    for name in columns:
        found = column(adopt(table, "y"), name)
        assert found.form.void == void
        assert (found.limits["ge"] > 0) is bool(void)  # a request with 0 is refused
        asked = f"0 in 5 rows looked at, far below all others; if it means missing: MISSING={name}:0"
        assert (asked in found.reason) is not bool(void)
    assert not any(column(adopt(table, "y", missing=("none",)), name).form.void for name in columns)


def test_a_zero_among_small_numbers_is_one(adopt: Adopt) -> None:
    other = np.random.default_rng(1)
    table = labels().assign(rooms=other.integers(0, 9, 200), area=other.gamma(2, 20, 200).round())
    table.loc[::9, "area"] = 0
    for name in ("rooms", "area"):
        assert (column(adopt(table, "y"), name).form.void, column(adopt(table, "y"), name).reason) == ((), "")


def test_a_target_that_is_missing_as_a_number_leaves_its_row_out(adopt: Adopt) -> None:
    table = numbers(100).assign(co=rng().integers(0, 20, 100), y=rng().integers(0, 30, 100))
    table.loc[::20, ["co", "y"]] = -200
    assert "rows without a target, left out: 5 (they hold '-200')" in adopt(table, "y").notes


def test_a_large_value_in_one_column_is_no_gap(adopt: Adopt) -> None:
    """Gains of 99,999 dollars and more are written as 99,999."""
    table = numbers(200).assign(gain=rng().integers(0, 40_000, 200))
    table.loc[:5, "gain"] = 99_999
    assert column(adopt(table, "y"), "gain").form.void == ()


def test_missing_cannot_be_a_class(adopt: Adopt) -> None:
    with pytest.raises(
        ProjectError, match="MISSING=yes: is also a label of the target y; name the column in which it means missing"
    ):
        adopt(labels(), "y", missing=("yes",))


@pytest.mark.parametrize(
    "options",
    [
        {"keep": ("a",), "drop": ("a",)},
        {"slices": ("a",), "drop": ("a",)},
        {"id": "a", "group": "a"},
        {"group": "a", "drop": ("a",)},
        {"time": "y"},
        {"id": "y"},
        {"drop": ("y",)},
        {"slices": ("y",)},
    ],
)
def test_options_that_conflict_are_refused(adopt: Adopt, options: dict[str, object]) -> None:
    """TIME= the target once ended in a traceback, and DROP of it was passed over in silence."""
    with pytest.raises(ProjectError, match=r"[A-Z]+=(a|y) and [A-Z]+=(a|y): a column cannot be both$"):
        adopt(labels(), "y", **options)


def test_only_of_two_classes_one_is_positive(adopt: Adopt) -> None:
    with pytest.raises(
        ProjectError,
        match=r"POSITIVE=1: the task is regression \(200 different numbers\), so no class is the positive one",
    ):
        adopt(numbers(), "y", positive="1")


def test_missing_says_none_or_a_value(adopt: Adopt) -> None:
    with pytest.raises(ProjectError, match="MISSING=none,5: none says that no value stands for missing; leave it out"):
        adopt(labels(), "y", missing=("none", "5"))


def test_texts_of_many_words_that_repeat_are_names(adopt: Adopt) -> None:
    titles = [f"Maruti Swift Dzire VDI {1990 + n % 60}" for n in range(180)]
    found = column(adopt(numbers(180).assign(name=titles), "y"), "name")
    assert (found.roles, found.limits) == (("categorical",), {})


def test_texts_of_many_words_that_do_not_repeat_are_free(adopt: Adopt) -> None:
    words = [f"the room number {n} was cold {n}" for n in range(200)]
    assert column(adopt(numbers().assign(comment=words), "y"), "comment").reason == (
        "free text: 200 different ones of 7 words; KEEP=comment lets the model learn from its words"
    )


@pytest.mark.parametrize(
    ("values", "closed"),
    [
        (["a", "b", "c"] * 60, True),
        (["a", "b"] * 88 + ["c", "d", "e", "f"], False),  # four of 180 came once: others will come
        (["a", "b"] * 85 + ["c"] * 5 + ["d"] * 5, False),  # few rows: perhaps persons
        (["yes, of course I do", "no, I do not think so", "I would rather not say"] * 60, False),
        ([f"phone {n % 60}" for n in range(180)], False),
    ],
)
def test_a_set_is_closed_by_evidence(adopt: Adopt, values: list[str], closed: bool) -> None:
    found = column(adopt(numbers(180).assign(model=values), "y"), "model")
    assert ("isin" in found.limits, found.roles) == (closed, ("categorical",))


def test_a_set_of_few_rows_is_published_where_it_is_asked_for(adopt: Adopt) -> None:
    table = numbers(180).assign(ward=["a", "b"] * 85 + ["c"] * 5 + ["d"] * 5)
    assert column(adopt(table, "y", slices=("ward",)), "ward").limits == {"isin": ["a", "b", "c", "d"]}


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("3SsnPorch", lambda n: n * 3, ""),
        ("ssn", lambda n: 111_000_000 + n, "its name is ssn"),
        (
            "name",
            lambda n: ["Amy", "Bob", "Cleo", "Dora", "Ed", "Flo", "Gus", "Hal", "Ida", "Jo", "Kim", "Lea"][n // 4 % 12],
            "",
        ),
        ("date_of_birth", lambda n: f"19{50 + n % 50}-03-{1 + n % 28:02}", "dates of birth"),
        ("account", lambda n: f"DE8937040044053201{n:04}", "bank accounts (IBAN)"),
        ("client", lambda n: f"10.0.{n}.7", "IP addresses"),
        ("nr", lambda n: f"123-45-{6000 + n}", "national numbers"),
        ("called", lambda n: f"+49 170 {1000000 + n}", "phone numbers"),
        (
            "Make",
            lambda n: f"{['Acura', 'Audi', 'Honda', 'Ford'][n % 4]} {chr(65 + n % 26)}{'oabcdefg'[n // 12]}ra",
            "",
        ),
        (
            "sitter",
            lambda n: f"{['Ada', 'Bob', 'Cleo', 'Dora'][n % 4]} {chr(65 + n % 26)}{'oabcdefg'[n // 12]}ra",
            "persons' names",
        ),
        ("season", lambda n: f"{1930 + n}-{1931 + n}", ""),
        ("home", lambda n: f"{n + 1} Main Street", "addresses"),
        ("wohnt", lambda n: f"Hauptstraße {n + 1}", "addresses"),
    ],
)
def test_personal_data_is_left_out_and_things_are_not(
    adopt: Adopt, name: str, value: Callable[[int], object], told: str
) -> None:
    table = numbers(96).assign(**{name: pd.Series([value(n) for n in range(96)])})
    found = column(adopt(table, "y"), name)
    assert found.stored is (told == "")
    assert (f"personal data ({told})" in found.reason) is bool(told)
    assert column(adopt(table, "y", keep=(name,)), name).stored


def test_where_rows_are_persons_their_postcodes_and_positions_are_personal(adopt: Adopt) -> None:
    table = numbers(96).assign(zip=[f"{n % 40:05}" for n in range(96)], lat=47 + rng().random(96).round(5))
    assert [column(adopt(table, "y"), name).stored for name in ("zip", "lat")] == [True, True]
    persons = table.assign(email=[f"a{n}@example.org" for n in range(96)])
    assert [column(adopt(persons, "y"), name).stored for name in ("zip", "lat")] == [False, False]


def test_what_is_called_no_more_than_name_makes_its_table_none_of_persons(adopt: Adopt) -> None:
    """Of airports the positions were left out as those of persons."""
    airports = [f"{chr(65 + n % 26)}{chr(97 + n // 26)}ville {('Municipal', 'County Field')[n % 2]}" for n in range(96)]
    table = numbers(96).assign(name=airports, lat=47 + rng().random(96).round(5))
    assert "lat" in [found.name for found in adopt(table, "y").features]


def test_names_whose_rows_follow_one_another_are_groups(adopt: Adopt) -> None:
    names = ["Amy", "Bob", "Cleo", "Dora", "Ed", "Flo", "Gus", "Hal", "Ida", "Jo", "Kim", "Lea"]
    plan = adopt(numbers(48).assign(name=[names[n // 4] for n in range(48)]), "y")
    assert plan.named("group") == ["name"]


def test_numbers_without_a_gap_are_an_id_unless_they_are_years(adopt: Adopt) -> None:
    """Orders 70001, 70002, … were a feature."""
    table = numbers().assign(order=70_001 + rng().permutation(200), era=range(1800, 2000))
    plan = adopt(table, "y")
    assert (plan.named("id"), "era" in [found.name for found in plan.features]) == (["order"], True)


def test_a_counter_with_gaps_is_told(adopt: Adopt) -> None:
    instant = np.delete(np.arange(1, 204), [7, 50, 120])
    assert "a counter of rows?" in column(adopt(numbers().assign(instant=instant), "y"), "instant").reason


@pytest.mark.parametrize("signs", [(1, 1), (1, -1)])
def test_columns_that_add_up_to_the_target_are_told(adopt: Adopt, signs: tuple[int, int]) -> None:
    table = numbers().assign(
        casual=rng().integers(0, 99, 200), registered=np.random.default_rng(5).integers(0, 500, 200)
    )
    table["y"] = signs[0] * table["casual"] + signs[1] * table["registered"]
    reason = column(adopt(table, "y"), "casual").reason
    assert f"casual {'+' if signs[1] > 0 else '-'} registered = y in every row" in reason


def test_a_total_of_which_the_target_is_a_part_is_told_where_rows_have_gaps(adopt: Adopt) -> None:
    table = numbers().assign(tax=rng().integers(0, 99, 200), fee=np.random.default_rng(5).integers(0, 50, 200))
    table["total"] = table["y"].round(3) + table["tax"] + table["fee"]
    table["y"] = table["y"].round(3)
    table.loc[::5, "tax"] = np.nan
    assert (
        "total - tax - fee = y in every row"
        in column(adopt(table[["a", "tax", "fee", "total", "y"]], "y"), "total").reason
    )


def mistyped(total: "pd.Series[float]", share: float) -> "pd.Series[float]":
    """Off by a few in some rows."""
    off = np.random.default_rng(7).random(len(total)) < share
    return total + off * np.random.default_rng(8).integers(1, 9, len(total))


def rents(share: float) -> pd.DataFrame:
    """Flats whose total was typed; the insurance follows the rent, and the rooms are small numbers."""
    made = numbers().assign(rooms=rng().integers(1, 6, 200), rent=rng().integers(500, 5000, 200))
    made["fee"], made["tax"] = np.random.default_rng(5).integers(0, 900, 200), np.arange(200) * 7 % 301
    made["insurance"] = (made["rent"] * 0.0127).round() + made["rooms"]
    made["y"] = mistyped(made[["rent", "fee", "tax", "insurance"]].sum(axis=1), share)
    return made


def trips(share: float) -> pd.DataFrame:
    """Taxi trips: tolls are rare, and the fare is the target."""
    made = numbers().assign(fare=rng().integers(300, 6000, 200) / 100, tip=np.arange(200) * 37 % 11 / 4)
    made["tolls"] = np.where(np.arange(200) % 12 == 0, 6.12, 0.0) + np.where(np.arange(200) % 24 == 0, 3.5, 0.0)
    made["total"] = mistyped(made[["fare", "tip", "tolls"]].sum(axis=1), share).round(2)
    return made.drop(columns="y").rename(columns={"fare": "y"})


@pytest.mark.parametrize(
    ("table", "name", "told"),
    [
        (rents(0.16), "rent", "rent + fee + tax + insurance = y in 8"),
        (rents(0.35), "fee", "rent + fee + tax + insurance = y in 6"),
        (trips(0.2), "total", "total - tip - tolls = y in 8"),
    ],
)
def test_a_sum_that_is_the_target_in_most_rows_is_told(adopt: Adopt, table: pd.DataFrame, name: str, told: str) -> None:
    """A public table's total was rent, fees, tax and insurance in 84 % of its rows, and mistyped in the others."""
    assert told in column(adopt(table, "y"), name).reason


def test_a_column_that_is_a_sum_of_others_is_told(adopt: Adopt) -> None:
    table = rents(0.1).rename(columns={"y": "total"}).assign(y=np.arange(200) % 2)
    plan = adopt(table, "y")
    assert "it is rent + fee + tax + insurance in 90% of the rows" in column(plan, "total").reason
    assert "insurance" not in column(plan, "rent").reason


def test_what_adds_up_by_chance_or_in_few_rows_is_not_told(adopt: Adopt) -> None:
    few = rents(0.6)
    near = rents(0).assign(y=lambda table: table["y"] + rng().normal(size=200).round(2))
    zeros = numbers().assign(late=(np.arange(200) % 50 == 0) * 3, lost=(np.arange(200) % 40 == 0) * 2)
    zeros["y"] = (np.arange(200) % 30 == 0) * rng().integers(1, 99, 200)
    for table in (few, near, zeros):
        plan = adopt(table, "y", task="regression")
        assert not [found.reason for found in plan.columns if " + " in found.reason or " in every row" in found.reason]


def test_the_hour_that_decides_is_a_feature(adopt: Adopt) -> None:
    when = pd.date_range("2024-01-01", periods=200, freq="3h").astype(str)
    found = column(adopt(numbers().assign(seen_at=when), "y"), "seen_at")
    assert found.roles == ("time", "numeric")
    assert found.reason.endswith("its place in the year and in the week, and the time of day")


def test_hours_of_one_day_are_a_feature(adopt: Adopt) -> None:
    when = pd.date_range("2024-01-01", periods=200, freq="5min").astype(str)
    assert "numeric" in column(adopt(numbers().assign(seen_at=when), "y"), "seen_at").roles


@pytest.mark.parametrize("form", ["%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M%p"])
def test_a_column_of_clock_times_is_a_time_of_day(adopt: Adopt, form: str) -> None:
    table = numbers(90).assign(opens=pd.date_range("2024-01-01", periods=90, freq="77min").strftime(form))
    table.loc[3, "opens"] = "closed"
    found = column(adopt(table, "y"), "opens")
    assert (found.roles, found.type, found.nullable) == (("clock",), "str", True)


def test_texts_beside_clock_times_are_names(adopt: Adopt) -> None:
    table = numbers(90).assign(slot=["09:00", "24:10", "9"] * 30)
    assert column(adopt(table, "y"), "slot").roles == ("categorical",)


def test_a_clock_time_that_tells_the_class_is_a_leak(adopt: Adopt) -> None:
    table = labels(300)
    minutes = rng().integers(0, 600, 300) + np.where(table["y"] == "yes", 0, 800)
    table["at"] = [f"{m // 60:02}:{m % 60:02}" for m in minutes]
    assert column(adopt(table, "y"), "at").reason.startswith("a leak, it seems: by itself it predicts the target")


def test_free_text_is_left_out_with_the_word_that_brings_its_words_in(adopt: Adopt) -> None:
    table = numbers().assign(comment=[f"the room number {n} was cold {n}" for n in range(200)])
    left_out = column(adopt(table, "y"), "comment")
    assert (left_out.roles, left_out.offered) == ((), "text")
    assert left_out.reason.endswith("; KEEP=comment lets the model learn from its words")
    assert column(adopt(table, "y", keep=("comment",)), "comment").roles == ("text",)


@pytest.mark.parametrize("target", ["opens", "seen"])
def test_a_target_is_no_time(adopt: Adopt, target: str) -> None:
    table = numbers(60).assign(opens=["09:00", "10:30"] * 30, seen=pd.date_range("2024-01-01", periods=60).astype(str))
    with pytest.raises(ProjectError, match=f"TARGET={target}: holds (times of day|dates); a target is a class"):
        adopt(table, target)


def test_a_table_of_one_row_is_refused(adopt: Adopt) -> None:
    with pytest.raises(ProjectError, match=r"TARGET=y: every row has .no.: there is nothing to learn$"):
        adopt("a,b,y\n1,2,no\n", "y")
    with pytest.raises(ProjectError, match="one column only"):
        adopt("y\nyes\nno\n", "y")


@pytest.mark.parametrize(
    "day",
    ["13. Mai 2014", "5. März 2014", "13 de maio de 2014", "1 de agosto de 2014", "13/mai/2014", "3 août 2014",
     "13 dic 2014", "2014年5月13日", "2014年12月", "7. Dez. 2014 13:08"],
)  # fmt: skip
def test_months_of_other_languages_are_dates(adopt: Adopt, day: str) -> None:
    table = numbers(60).assign(sold=[day.replace("2014", str(1990 + n % 30)) for n in range(60)])
    found = column(adopt(table, "y"), "sold")
    assert (found.form.kind, found.roles) == ("moment", ("time", "numeric"))


def test_missing_may_leave_two_classes_of_three_but_not_one(adopt: Adopt) -> None:
    """MISSING=y:yes of a target of yes and no once ended in a traceback."""
    table = numbers(90).assign(y=[("yes", "no", "unsure")[n % 3] for n in range(90)])
    assert adopt(table, "y", missing=("y:unsure",)).task == "binary"
    two = table[table["y"] != "unsure"]
    with pytest.raises(ProjectError, match="TARGET=y is of no use: every row has 'no', so there is nothing to learn"):
        adopt(two, "y", missing=("y:yes",))
