"""What `make adopt` makes of dates: features, unless they give the answer away or say nothing."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from harness.adopt.draft import make_draft
from harness.adopt.infer import infer
from harness.adopt.plan import Wishes
from harness.adopt.resolve import resolve
from harness.adopt.write_schema import schema_text
from harness.tables.date_forms import read_moments
from harness.tables.source import sniff
from harness.tables.staging import Staged
from tests.support.plans import ROWS, column, orders, plan_of


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_dates_are_features_and_one_of_them_splits(tmp_path: Path, suffix: str) -> None:
    frame = orders().assign(confirmed=lambda f: f["ordered"].sample(frac=1, random_state=0).to_numpy())
    frame.loc[::5, "confirmed"] = pd.NaT
    plan = plan_of(tmp_path, frame, suffix)
    assert column(plan, "ordered").roles == ("time", "numeric")
    assert (column(plan, "confirmed").roles, column(plan, "confirmed").nullable) == (("numeric",), True)
    text = schema_text(plan, "Orders.", '"""Orders."""')
    assert "    ordered: pd.Timestamp = pa.Field(metadata=TIME_NUMERIC)\n" in text
    assert "    confirmed: pd.Timestamp = pa.Field(metadata=NUMERIC, nullable=True)\n" in text


def test_a_date_that_is_there_for_one_class_alone_is_a_leak(tmp_path: Path) -> None:
    frame = orders()
    frame["ended"] = (frame["ordered"] + pd.Timedelta("90D")).where(frame["churned"] == "yes")
    found, n = column(plan_of(tmp_path, frame), "ended"), frame["ended"].notna().sum()
    assert found.roles == ()
    assert found.reason == f"a leak, it seems: filled in {n} rows looked at, only where churned is yes"


def test_none_in_place_of_a_time_leaves_it_a_feature(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, orders())
    wishes = resolve(Wishes("churned", time="None"), ("ordered", "amount", "churned"))
    table = Staged(tmp_path / "staged.parquet", ("ordered", "amount", "churned"))
    assert [column(found, "ordered").roles for found in (plan, infer(table, wishes))] == [
        ("time", "numeric"),
        ("numeric",),
    ]


def test_a_time_that_tells_the_target_splits_and_is_no_feature(tmp_path: Path) -> None:
    frame = orders()
    frame["churned"] = np.where(frame["ordered"] < "2021-06-01", "no", "yes")
    assert column(plan_of(tmp_path, frame), "ordered").roles == ("time",)


def test_a_time_whose_latest_rows_lack_a_class_does_not_split(tmp_path: Path) -> None:
    frame = orders().sort_values("ordered", ignore_index=True)
    frame.loc[ROWS // 2 :, "churned"] = "no"
    plan = plan_of(tmp_path, frame)
    assert column(plan, "ordered").roles == ("time", "numeric")
    table = Staged(tmp_path / "staged.parquet", tuple(frame.columns))
    draft = make_draft(table, plan, sniff(tmp_path / "table.csv"), tmp_path)
    found = column(draft.plan, "ordered")
    assert found.roles == ("numeric",)
    assert found.reason.startswith("no split by time, because ")
    assert "latest" not in found.reason
    assert draft.trial.split.startswith("by a hash of the whole row")


def test_of_one_day_only_the_time_of_day_tells_something(tmp_path: Path) -> None:
    made = pd.date_range("2024-02-29", periods=ROWS, freq="min")
    frame = orders().assign(made=made.strftime("%Y-%m-%d %H:%M"))
    found = column(plan_of(tmp_path, frame, time="made"), "made")
    assert found.roles == ("time", "numeric")
    assert found.reason.endswith("and the time of day")
    frame = frame.assign(made="2024-02-29")
    found = column(plan_of(tmp_path, frame, time="made"), "made")
    assert (found.roles, found.reason) == (("time",), "TIME= names it; the same in every row: 2024-02-29 00:00:00")


def test_moments_of_a_time_zone_are_read_as_utc(tmp_path: Path) -> None:
    frame = orders().assign(ordered=lambda frame: frame["ordered"].dt.tz_localize("Asia/Tokyo"))
    plan = plan_of(tmp_path, frame, "parquet")
    assert column(plan, "ordered").roles == ("time", "numeric")
    assert "moments of Asia/Tokyo are read as UTC in ordered" in plan.notes


def test_a_few_words_among_dates_stand_for_none(tmp_path: Path) -> None:
    texts = orders()["ordered"].dt.strftime("%d.%m.%Y").mask(np.arange(ROWS) % 40 == 0, "k.A.")
    plan = plan_of(tmp_path, orders().assign(since=texts.mask(np.arange(ROWS) % 50 == 1, "unbekannt")))
    assert (column(plan, "since").roles, column(plan, "since").nullable) == (("numeric",), True)
    assert "'k.A.' is read as missing in since" in plan.notes


def test_many_words_among_dates_are_no_dates(tmp_path: Path) -> None:
    texts = orders()["ordered"].dt.strftime("%d.%m.%Y").mask(np.arange(ROWS) % 2 == 0, [f"w{n}" for n in range(ROWS)])
    assert column(plan_of(tmp_path, orders().assign(since=texts)), "since").form.kind == "text"


def test_the_year_9999_stands_for_none(tmp_path: Path) -> None:
    until = orders()["ordered"].astype("datetime64[us]").mask(np.arange(ROWS) % 3 == 0, pd.Timestamp("9999-12-31"))
    found = column(plan_of(tmp_path, orders().assign(until=until), "parquet"), "until")
    assert (found.roles, found.nullable) == (("numeric",), True)


def test_an_end_that_tells_how_long_it_took_is_a_leak(tmp_path: Path) -> None:
    frame = orders()
    took = np.random.default_rng(1).integers(1, 400, ROWS)
    frame = frame.assign(delivered=frame["ordered"] + pd.to_timedelta(took, "D"), churned=took)
    found = column(plan_of(tmp_path, frame), "delivered")
    assert found.roles == ()
    assert found.reason.startswith("a leak, it seems: the time since ordered predicts the target (R² 0.99")


def test_a_date_that_belongs_to_an_entity_does_not_split(tmp_path: Path) -> None:
    frame = orders().rename(columns={"ordered": "member_since"})
    assert plan_of(tmp_path, frame).named("time") == []


@pytest.mark.parametrize("form", ["%b-%Y", "%b-%y", "%b %Y", "%B %Y", "%m/%Y", "%Y-%m"])
def test_a_month_and_a_year_are_a_date(tmp_path: Path, form: str) -> None:
    frame = orders().assign(ordered=lambda frame: frame["ordered"].dt.strftime(form))
    assert column(plan_of(tmp_path, frame), "ordered").roles == ("time", "numeric")


def test_years_of_two_digits_that_lie_far_ahead_are_of_the_century_before() -> None:
    """Once who was born in '62 was of 2062."""
    read = read_moments(pd.Series(["03/14/62", "03/14/22"]), "%m/%d/%y")
    assert read.tolist() == [pd.Timestamp("1962-03-14"), pd.Timestamp("2022-03-14")]


def test_seconds_in_a_column_of_that_name_are_a_date(tmp_path: Path) -> None:
    frame = orders().assign(ordered=1_600_000_000 + np.arange(ROWS) * 3600).rename(columns={"ordered": "ts"})
    assert column(plan_of(tmp_path, frame), "ts").roles == ("time", "numeric")
