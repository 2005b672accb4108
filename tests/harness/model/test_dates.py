"""Dates as features: read from anything that is one, taken apart in whole numbers, and the same in the model file."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pandas as pd
import pandera.pandas as pa
import pyarrow as arrow
import pyarrow.parquet as pq
import pytest
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.metrics import r2_score
from sklearn.pipeline import Pipeline

from harness.batch.check_rows import check
from harness.batch.score import score_file
from harness.compare.differences import changed_data
from harness.compare.pairing import why_incomparable
from harness.core.contract import Contract, Feature
from harness.core.errors import ProjectError
from harness.core.prepared import Prepared, feature_columns, target_values
from harness.data.profile import build_profile
from harness.data.roles import build_contract
from harness.data.validation import validate
from harness.inference.predictor import Predictor, encode, to_columns
from harness.model import onnx_converters as converters
from harness.model.dates import PARTS, WAVES, DateFeatures, date_parts
from harness.model.export import OPSETS
from harness.model.golden_rows import golden_rows
from harness.model.pipeline import to_frame
from harness.model.tuning import train_pipeline
from tests.support.models import SINCE, dated, exported_with_dates, members
from tests.support.strangers import sales
from tests.support.tables import SCHEMA, train_params

EPOCH = date(1970, 1, 1)
ALONE = Contract("binary", "y", (0, 1), (SINCE,))
DAYS = np.arange(date.min.toordinal(), date.max.toordinal() + 1) - EPOCH.toordinal()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("task", "estimator"),
    [
        ("binary", "linear_model.LogisticRegression"),
        ("binary", "tree.DecisionTreeClassifier"),
        ("binary", "neural_network.MLPClassifier"),
        ("multiclass", "ensemble.RandomForestClassifier"),
        ("multiclass", "ensemble.HistGradientBoostingClassifier"),
        ("regression", "linear_model.LinearRegression"),
        ("regression", "svm.SVR"),
        ("regression", "ensemble.HistGradientBoostingRegressor"),
    ],
)
def test_a_model_with_dates_answers_as_scikit_learn_does(tmp_path: Path, task: str, estimator: str) -> None:
    parity = exported_with_dates(tmp_path / "model.onnx", task, estimator)
    assert parity.rows == 311
    assert parity.difference <= parity.tolerance


def test_parts_are_those_of_pythons_calendar() -> None:
    days = DAYS[:: len(DAYS) // 20_000]
    found = date_parts(days)
    moments = [date.fromordinal(number) for number in (days + EPOCH.toordinal()).tolist()]
    calendar = [(m.year, m.month, m.day, m.weekday(), m.timetuple().tm_yday, m.weekday() > 4) for m in moments]
    parts = [found[name] for name in ("year", "month", "day", "weekday", "day_of_year", "weekend")]
    np.testing.assert_array_equal(np.stack(parts, axis=1), np.array(calendar, dtype=np.int64))


def test_leap_days_and_ends_of_years() -> None:
    moments = ["1900-02-28", "1900-03-01", "2000-02-29", "2024-02-29", "2023-12-31", "2024-12-31", "1969-12-31"]
    found = date_parts(np.array(moments, dtype="datetime64[D]").astype(np.int64))
    assert found["day_of_year"].tolist() == [59, 60, 60, 60, 365, 366, 365]
    assert found["day"].tolist() == [28, 1, 29, 29, 31, 31, 31]


def test_seasons_have_no_gap_at_new_year() -> None:
    found = date_parts(np.arange("2023-01-01", "2025-12-31", dtype="datetime64[D]").astype(np.int64))
    for name in ("winter", "autumn"):
        assert np.abs(np.diff(found[name])).max() <= 2
        assert (found[name].min(), found[name].max()) == (0, 183)


@pytest.mark.parametrize("parts", [PARTS, WAVES])
def test_every_day_has_the_same_parts_in_the_model_file(parts: tuple[str, ...]) -> None:
    X = DAYS[::29].astype(np.float32)[:, None]
    X = np.hstack([X, X[::-1] + np.float32(0.5)])  # as the median of two days, which fills gaps
    features = Pipeline([("parts", DateFeatures(parts))]).fit(X[:1000])
    converters.register()
    model = convert_sklearn(features, initial_types=[("X", FloatTensorType([None, 2]))], target_opset=OPSETS)
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    np.testing.assert_array_equal(session.run(None, {"X": X})[0], features.transform(X))


@pytest.mark.parametrize(
    ("given", "day"),
    [
        (date(2024, 2, 29), "2024-02-29"),
        (datetime(2024, 2, 29, 23, 59, 59), "2024-02-29"),
        (datetime(1969, 12, 31, 0, 0, 1), "1969-12-31"),
        (pd.Timestamp("1969-12-31 12:00"), "1969-12-31"),
        ("1700-01-01", "1700-01-01"),
        ("2200-12-31", "2200-12-31"),
        (np.datetime64("1969-12-31T12:00:00.000000001"), "1969-12-31"),
        (np.datetime64("9999-12-31"), "9999-12-31"),
        (date.min, "0001-01-01"),
        (np.datetime64("NaT"), None),
        (None, None),
    ],
)
def test_dates_are_encoded_as_whole_days(given: Any, day: str | None) -> None:
    expected = np.nan if day is None else (date.fromisoformat(day) - EPOCH).days
    numeric, categorical = encode(to_columns([{"since": given}, {}, {"since": EPOCH}], ALONE), ALONE)
    np.testing.assert_array_equal(numeric, np.array([[expected], [np.nan], [0]], dtype=np.float32))
    assert categorical.shape == (3, 0)


@pytest.mark.parametrize("unit", ["s", "us", "ns"])
def test_a_frames_dates_are_encoded_as_those_of_requests(unit: str) -> None:
    frame = members().astype({"since": f"datetime64[{unit}]"})
    rows: Any = frame.astype(object).where(frame.notna(), None).to_dict("records")
    by_rows = encode(to_columns(rows, dated()), dated())[0]
    np.testing.assert_array_equal(by_rows, encode(feature_columns(frame, dated()), dated())[0])


def test_golden_dates_are_before_and_after_1970_and_on_a_leap_day() -> None:
    texts = [row["since"] for row in golden_rows(dated())]
    dates = [date.fromisoformat(text) for text in texts if text]
    assert (dates[0], dates[1], texts[2], texts[4]) == (date(1960, 1, 1), date(2030, 12, 31), None, "2024-02-29")
    assert len(set(dates)) > 15


def test_the_schemas_dates_are_features_and_may_split_too() -> None:
    columns = {
        "since": pa.Column("datetime64[ns]", nullable=True, metadata={"role": "numeric"}),
        "born": pa.Column("datetime64[ns]", metadata={"role": ["time", "numeric"]}),
    }
    made = build_contract(SCHEMA.add_columns(columns), "binary")
    assert made.features == dated().features
    assert made.time == "born"


def test_a_csv_files_dates_are_read_by_the_schema(tmp_path: Path) -> None:
    schema = pa.DataFrameSchema(
        {
            "y": pa.Column(float, metadata={"role": "target"}),
            "since": pa.Column("datetime64[ns]", nullable=True, metadata={"role": "numeric"}),
        }
    )
    frame = pd.DataFrame({"y": [0, 1, 2], "since": ["2024-02-29", None, "1969-12-31 12:00"]}, index=[1, 2, 3])
    found = validate(frame, schema, tmp_path)
    days = encode(feature_columns(found, ALONE), ALONE)[0]
    np.testing.assert_array_equal(days, np.array([[19782], [np.nan], [-1]], dtype=np.float32))


def test_the_profile_tells_the_range_of_dates() -> None:
    found: Any = build_profile(members(), dated())["columns"]
    since = members()["since"]
    assert found["since"]["missing"] == since.isna().sum()
    assert (found["since"]["minimum"], found["since"]["maximum"]) == (str(since.min().date()), str(since.max().date()))
    assert found["born"]["quantiles"]["0.5"] == str(sorted(members()["born"])[150].date())
    empty = members().assign(since=lambda frame: frame["since"].where(frame["since"].isna()))
    found = build_profile(empty, dated())["columns"]
    assert found["since"] == {"missing": 300}


@pytest.mark.parametrize(
    "column",
    [
        arrow.array(["2024-02-29", " 1969-12-31 ", None]),
        arrow.array(["2024-02-29 07:00:00", "1969-12-31T23:59:59.999", None]),
        arrow.array(["2024-02-29 07:00", "1969-12-31", None]).dictionary_encode(),
        arrow.array([date(2024, 2, 29), date(1969, 12, 31), None]),
        arrow.array([date(2024, 2, 29), date(1969, 12, 31), None], arrow.date64()),
        arrow.array([datetime(2024, 2, 29, 7), datetime(1969, 12, 31, 12), None], arrow.timestamp("ms")),
        arrow.array([datetime(2024, 2, 29, 7), datetime(1969, 12, 31, 12), None], arrow.timestamp("ns")),
        arrow.array([datetime(2024, 2, 29, 23), datetime(1969, 12, 31, 12), None], arrow.timestamp("s", "Asia/Tokyo")),
    ],
    ids=lambda column: str(column.type),
)
def test_a_files_dates_may_be_written_in_many_ways(column: Any) -> None:
    checked = check({"since": column}, ALONE)
    assert checked.reasons == {}
    np.testing.assert_array_equal(checked.numeric, np.array([[19782], [-1], [np.nan]], dtype=np.float32))


@pytest.mark.parametrize("text", ["2024-02-29 24:00", "2024-02-29 7:00", "2024-02-29T07:00Z", "2024-02-30 07:00", ""])
def test_what_is_no_moment_is_no_date(text: str) -> None:
    must = f"since must be a date (YYYY-MM-DD), got {text!r}"
    assert check({"since": arrow.array([text])}, ALONE).reasons == {0: must}


def test_a_file_with_dates_is_scored_and_a_bad_date_is_a_reject(tmp_path: Path) -> None:
    exported_with_dates(tmp_path / "model.onnx")
    frame, predictor = members(50), Predictor(tmp_path / "model.onnx")
    texts = frame.assign(since=frame["since"].dt.strftime("%Y-%m-%d"))
    texts.loc[[3, 7], "since"] = ["2024-02-30", "7"]
    texts.to_csv(tmp_path / "in.csv", index=False)
    score_file(tmp_path / "in.csv", tmp_path / "out.parquet", predictor.path)
    found = pd.read_parquet(tmp_path / "out.parquet")
    scores = predictor.scores(feature_columns(frame.drop(index=[3, 7]), predictor.contract))
    np.testing.assert_allclose(found["probability_yes"], scores[:, 1], rtol=0, atol=1e-6)
    rejects = pd.read_csv(tmp_path / "out.rejects.csv")
    assert rejects["row"].tolist() == [4, 8]
    must = "since must be a date (YYYY-MM-DD), got"
    assert rejects["reason"].tolist() == [f"{must} '2024-02-30'", f"{must} '7'"]


@pytest.mark.parametrize("kind", [arrow.time32("s"), arrow.int64(), arrow.float64()])
def test_a_parquet_column_that_is_no_date_is_refused(tmp_path: Path, kind: Any) -> None:
    exported_with_dates(tmp_path / "model.onnx")
    table = arrow.Table.from_pandas(members(5))
    column = table.schema.get_field_index("since")
    pq.write_table(table.set_column(column, "since", arrow.array([7] * 5, kind)), tmp_path / "in.parquet")
    with pytest.raises(ProjectError, match=r"in.parquet: the column since must be of type date, got"):
        score_file(tmp_path / "in.parquet", tmp_path / "out.csv", tmp_path / "model.onnx")


def test_how_far_dates_moved_is_told_unless_their_type_changed(tmp_path: Path) -> None:
    before, made = members(1000), dated()
    after = before.assign(since=before["since"] + pd.Timedelta(days=60_000), born=np.arange(1000))
    for name, frame in (("before", before), ("after", after)):
        Prepared(tmp_path / name / "artifacts/prepared").write(frame[:800], frame[800:], made, {})
    found = changed_data(tmp_path / "before", tmp_path / "after", made)
    assert found is not None
    shifts = {shift.column: shift.psi for shift in found.shifts}
    assert shifts.pop("since") > 0.2
    assert shifts == dict.fromkeys(["plan", "region", "member", "age", "visits"], pytest.approx(0))


@pytest.mark.parametrize(("before", "after"), [("integer", "date"), ("date", "number")])
def test_a_model_of_dates_is_not_held_against_one_of_numbers(before: Any, after: Any) -> None:
    old, new = (replace(ALONE, features=(replace(SINCE, type=kind),)) for kind in (before, after))
    told = f"the column since was of type {before} and is of type {after}"
    assert why_incomparable(old, new) == told


@pytest.mark.parametrize("estimator", ["ensemble.HistGradientBoostingRegressor", "linear_model.Ridge"])
def test_a_season_is_learnt_from_a_date(tmp_path: Path, estimator: str) -> None:
    """The latest fifth of a shop's sales, which follow the season and the weekend: without the date, and with it."""
    frame = pd.read_csv(sales(tmp_path))[10:]  # the first ones are outliers
    frame["since"] = pd.to_datetime(frame["Order Date"], format="%d/%m/%Y %H:%M")
    features = (Feature("temp °C", "number", "numeric", False), Feature("promo", "boolean", "categorical", False))
    found = []
    for known in (features, (*features, SINCE)):
        made = Contract("regression", "price", (), known)
        X, y = to_frame(feature_columns(frame, made), made), target_values(frame, made)
        params = train_params("regression", estimator=f"sklearn.{estimator}")
        model = train_pipeline(X[:470], y[:470], made, params, None).pipeline
        found.append(r2_score(y[470:], model.predict(X[470:])))
    without, with_date = found
    assert without < 0.2
    assert with_date > 0.8


@pytest.mark.parametrize(
    "text",
    [
        "05/06/2024",
        "today",
        "2020",
        "20240229",
        "2023-02-29",
        "9999-12-31",
        "1677-01-01",
        "2024-01-01T00:00Z",
        "2024-1-1",
    ],
)
def test_a_text_that_pandas_would_guess_at_is_refused_with_its_row(text: str) -> None:
    texts = ["2024-02-29", text, None, "2024-02-29T13:00", "2024-02-29 13:00:01.5"]
    frame = pd.DataFrame({"since": texts, "self": 1})
    columns = {
        "since": pa.Column("datetime64[ns]", nullable=True, metadata={"role": ["numeric"]}),
        "self": pa.Column(int, metadata={"role": ["target"]}),
    }
    must = "a date (YYYY-MM-DD, also with a time of day) from 1678 to 2261"
    with pytest.raises(ProjectError) as error:
        validate(frame, pa.DataFrameSchema(columns), Path("f.csv"))
    assert str(error.value).splitlines()[:-1] == [f"f.csv: row 1: since must be {must}, got {text!r}"]


def test_a_moment_with_a_zone_needs_one() -> None:
    frame = pd.DataFrame({"self": ["2024-02-29T13:00Z", "2024-02-29T13:00+02:00"], "y": 1})
    columns = {
        "self": pa.Column("datetime64[ns, UTC]", metadata={"role": ["time"]}),
        "y": pa.Column(int, metadata={"role": ["target"]}),
    }
    found = validate(frame, pa.DataFrameSchema(columns), Path("f.csv"))["self"]
    assert found.dt.hour.tolist() == [13, 11]
    frame["self"] = "2024-02-29T13:00"
    with pytest.raises(ProjectError, match=r"row 0: self must be a date .* got '2024-02-29T13:00'"):
        validate(frame, pa.DataFrameSchema(columns), Path("f.csv"))


@pytest.mark.parametrize("unit", ["s", "us"])
def test_a_date_beyond_pythons_calendar_is_a_bad_row(tmp_path: Path, unit: str) -> None:
    exported_with_dates(tmp_path / "model.onnx")
    contract = Predictor(tmp_path / "model.onnx").contract
    table = members(3).drop(columns="since")
    since = (
        arrow.array([300_000_000_000, 0, None], arrow.int64()).cast(arrow.timestamp("s")).cast(arrow.timestamp(unit))
    )
    columns = {
        name: arrow.array(table[name].to_list()) for name in table if name in {f.name for f in contract.features}
    }
    pq.write_table(arrow.table({**columns, "since": since}), tmp_path / "in.parquet")
    score_file(tmp_path / "in.parquet", tmp_path / "out.csv", tmp_path / "model.onnx")
    refused = pd.read_csv(tmp_path / "out.rejects.csv")
    assert refused["row"].tolist() == [1]
    assert refused["reason"][0].startswith("since must be a date")
    assert "got '11476-" in refused["reason"][0]
