"""Times of day: kept where dates have them, a role of their own, and read alike in training, service and batch."""

from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pandas as pd
import pandera.pandas as pa
import pyarrow as arrow
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.metrics import r2_score
from sklearn.pipeline import Pipeline

from harness.batch.check_rows import check
from harness.batch.score import score_file
from harness.core.clock import clock_seconds, clock_text
from harness.core.contract import Contract, Feature
from harness.core.errors import ProjectError
from harness.core.prepared import feature_columns, target_values
from harness.data.profile import build_profile
from harness.data.roles import build_contract
from harness.data.times import with_times
from harness.data.validation import validate
from harness.inference.predictor import Predictor, encode, to_columns
from harness.model import onnx_converters as converters
from harness.model.clock import CLOCK_PARTS, DAY_WAVES, ClockFeatures
from harness.model.export import OPSETS, export
from harness.model.features import derive
from harness.model.golden_rows import golden_rows
from harness.model.new_columns import as_feature
from harness.model.parity import Parity
from harness.model.pipeline import to_frame
from harness.model.trace import FeatureGraph
from harness.model.tuning import train_pipeline
from harness.serve.payloads import Payloads
from tests.support.tables import train_params

SOLD = Feature("sold", "date", "numeric", nullable=True, timed=True)
LEAVES = Feature("leaves", "time", "numeric", nullable=True)
SIZE = Feature("size", "number", "numeric", nullable=False)
TRIPS = Contract("regression", "y", (), (SOLD, SIZE, LEAVES, Feature("line", "string", "categorical", nullable=False)))
HOURS = 24
MUST = "a time of day (13:08, 13:08:30 or 1:08 PM)"


def trips(rows: int = 400) -> pd.DataFrame:
    """Trips whose outcome two hours decide: that of a date, and a clock time; both are missing here and there."""
    rng = np.random.default_rng(0)
    moments = pd.Series(np.datetime64("1969-06-01", "s") + rng.integers(0, 400 * 86_400, rows).astype("m8[s]"))
    seconds = rng.integers(0, 86_400, rows)
    hour = moments.dt.hour.to_numpy()
    y = 10 * np.abs(hour - 12) + 5 * (seconds // 3600 > 17) + rng.normal(size=rows)
    texts = [
        clock_text(s) if s % 2 else (datetime(2024, 1, 1) + pd.Timedelta(seconds=int(s))).strftime("%I:%M:%S %p")
        for s in seconds.tolist()
    ]
    return pd.DataFrame(
        {
            "y": y,
            "sold": moments.where(rng.random(rows) > 0.05),
            "size": rng.normal(size=rows).round(3),
            "leaves": pd.Series(texts).where(rng.random(rows) > 0.05),
            "line": rng.choice(["a", "b", "ü"], rows),
        }
    )


def exported_trips(path: Path, estimator: str = "ensemble.HistGradientBoostingRegressor") -> Parity:
    frame = trips()
    columns, y = feature_columns(frame, TRIPS), target_values(frame, TRIPS)
    params = train_params("regression", estimator=f"sklearn.{estimator}")
    return export(train_pipeline(to_frame(columns, TRIPS), y, TRIPS, params, None), TRIPS, {}, columns, y, path)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0:00", 0),
        ("00:00:59", 59),
        ("1:08 PM", 47_280),
        ("01:08pm", 47_280),
        ("12:00 AM", 0),
        ("12:30 pm", 45_000),
        ("13:08:30.999", 47_310),
        ("23:59:59", 86_399),
    ],
)
def test_a_clock_time_is_its_seconds_since_midnight(text: str, seconds: int) -> None:
    assert clock_seconds(text) == seconds
    assert clock_seconds(clock_text(seconds)) == seconds


@pytest.mark.parametrize(
    "estimator",
    [
        "linear_model.Ridge",
        "tree.DecisionTreeRegressor",
        "ensemble.HistGradientBoostingRegressor",
        "neural_network.MLPRegressor",
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_a_model_with_times_answers_as_scikit_learn_does(tmp_path: Path, estimator: str) -> None:
    parity = exported_trips(tmp_path / "model.onnx", estimator)
    assert parity.difference <= parity.tolerance
    Predictor(tmp_path / "model.onnx").check_golden()


@pytest.mark.parametrize("parts", [CLOCK_PARTS, DAY_WAVES])
def test_every_time_has_the_same_parts_in_the_model_file(parts: tuple[str, ...]) -> None:
    seconds = np.arange(0, 86_400, 7, dtype=np.float32)
    X = np.stack([seconds, seconds[::-1] // 3600 * 3600], axis=1)  # the second one is on the hour
    features = Pipeline([("parts", ClockFeatures(parts))]).fit(X)
    assert features[0].kept_.tolist() == [*range(2 * len(parts) - 1)]  # its minute never varies
    converters.register()
    model = convert_sklearn(features, initial_types=[("X", FloatTensorType([None, 2]))], target_opset=OPSETS)
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    np.testing.assert_array_equal(session.run(None, {"X": X})[0], features.transform(X))


def test_the_waves_of_the_day_have_no_gap_at_midnight() -> None:
    X = np.array([[0.0], [86_399.0], [0.0]], dtype=np.float32)
    found = ClockFeatures(DAY_WAVES[:4]).fit(np.arange(0, 86_400, 60, dtype=np.float32)[:, None]).transform(X)
    assert np.abs(np.diff(found, axis=0)).max() <= 1


@pytest.mark.parametrize("estimator", ["ensemble.HistGradientBoostingRegressor", "linear_model.Ridge"])
def test_an_outcome_that_the_hour_decides_is_learnt(estimator: str) -> None:
    """Symptom: the time of day of a date was dropped, so the model knew no more than the mean."""
    frame, found = trips(800), []
    for timed in (False, True):
        features = (replace(SOLD, timed=timed), LEAVES) if timed else (replace(SOLD, timed=False),)
        made = replace(TRIPS, features=features)
        X, y = to_frame(feature_columns(frame, made), made), target_values(frame, made)
        model = train_pipeline(X[:600], y[:600], made, train_params("regression", estimator=f"sklearn.{estimator}"))
        found.append(r2_score(y[600:], model.pipeline.predict(X[600:])))
    without, with_times_of_day = found
    assert without < 0.2
    assert with_times_of_day > 0.8


def test_the_schema_declares_clock_times_and_the_rows_say_which_dates_have_one() -> None:
    schema = pa.DataFrameSchema(
        {
            "y": pa.Column(float, metadata={"role": "target"}),
            "sold": pa.Column("datetime64[ns]", nullable=True, metadata={"role": "numeric"}),
            "born": pa.Column("datetime64[ns]", metadata={"role": "numeric"}),
            "leaves": pa.Column(str, nullable=True, metadata={"role": "clock"}),
        }
    )
    frame = pd.DataFrame(
        {
            "y": [0.0, 1.0],
            "sold": ["2024-01-01", "2024-01-01 13:08"],
            "born": ["2024-01-01", "2024-01-02"],
            "leaves": ["1:08 PM", None],
        }
    )
    found = with_times(build_contract(schema, "regression"), validate(frame, schema, Path("f.csv")))
    assert found.features == (SOLD, Feature("born", "date", "numeric", nullable=False), LEAVES)
    assert Contract.from_json(found.to_json()) == found


@pytest.mark.parametrize("more", [{"checks": pa.Check.isin(["1:08 PM"])}, {"dtype": float}])
def test_a_clock_time_is_a_text_without_bounds(more: Any) -> None:
    column = pa.Column(**{"dtype": str, "metadata": {"role": "clock"}, **more})
    schema = pa.DataFrameSchema({"y": pa.Column(float, metadata={"role": "target"}), "leaves": column})
    with pytest.raises(ProjectError, match="leaves has the role clock and so must be str, without"):
        build_contract(schema, "regression")


@pytest.mark.parametrize("text", ["25:00", "13:08 PM", "0:30 PM", "13", "13:60", " 13:08", "13:08Z", "13h08", "noon"])
def test_what_is_no_time_of_day_is_refused_alike_by_training_service_and_batch(text: str) -> None:
    schema = pa.DataFrameSchema({"leaves": pa.Column(str, nullable=True, metadata={"role": ["target", "clock"]})})
    with pytest.raises(ProjectError) as error:
        validate(pd.DataFrame({"leaves": ["13:08", text, None]}), schema, Path("f.csv"))
    assert str(error.value).splitlines()[0] == f"f.csv: row 1: leaves must be {MUST}, got {text!r}"
    alone = replace(TRIPS, features=(LEAVES,))
    assert check({"leaves": arrow.array([text])}, alone).reasons == {0: f"leaves must be {MUST}, got {text!r}"}
    with pytest.raises(ValidationError, match="Input should be a time of day"):
        Payloads(alone, 10, {}).request.model_validate({"rows": [{"leaves": text}]})


@pytest.mark.parametrize(
    "text", ["2024-02-29T24:00", "2024-02-29T13:08Z", "2024-02-29T13:08+02:00", "2024-02-30T13:08", "2024-02-29T7:00"]
)
def test_a_time_that_is_none_or_has_a_zone_is_refused_alike(text: str) -> None:
    alone = replace(TRIPS, features=(SOLD,))
    must = f"sold must be a date (YYYY-MM-DD, also with a time of day), got {text!r}"
    assert check({"sold": arrow.array([text])}, alone).reasons == {0: must}
    with pytest.raises(ValidationError, match=r"also with a time of day .* without a time zone"):
        Payloads(alone, 10, {}).request.model_validate_json(f'{{"rows": [{{"sold": "{text}"}}]}}')
    schema = pa.DataFrameSchema({"sold": pa.Column("datetime64[ns]", metadata={"role": "target"})})
    with pytest.raises(ProjectError, match="row 0: sold must be a date"):
        validate(pd.DataFrame({"sold": [text, "2024-02-29"]}), schema, Path("f.csv"))


def test_training_service_and_batch_read_the_same_numbers(tmp_path: Path) -> None:
    frame = trips(200)
    expected = encode(feature_columns(frame, TRIPS), TRIPS)[0]
    assert expected.shape == (200, 4)
    assert np.nanmax(expected[:, 3]) > 80_000
    texts = frame.assign(sold=frame["sold"].dt.strftime("%Y-%m-%dT%H:%M:%S"))
    texts.drop(columns="y").to_json(tmp_path / "rows.json", orient="records")
    body = b'{"rows":' + (tmp_path / "rows.json").read_bytes() + b"}"
    rows = Payloads(TRIPS, 1000, {}).read(body)
    np.testing.assert_array_equal(encode(to_columns(rows, TRIPS), TRIPS)[0], expected)
    as_texts = check(arrow.RecordBatch.from_pandas(texts), TRIPS)
    as_moments = check(arrow.RecordBatch.from_pandas(frame), TRIPS)
    for checked in (as_texts, as_moments):
        assert checked.reasons == {}
        np.testing.assert_array_equal(checked.numeric, expected)


@pytest.mark.parametrize(
    "column",
    [
        arrow.array(["13:08:30", "1:08:30 pm", None]),
        arrow.array(["13:08:30", "01:08:30PM", None]).dictionary_encode(),
        arrow.array([time(13, 8, 30), time(13, 8, 30, 999), None], arrow.time64("us")),
        arrow.array([time(13, 8, 30), time(13, 8, 30), None], arrow.time32("s")),
    ],
    ids=lambda column: str(column.type),
)
def test_a_files_clock_times_may_be_written_in_many_ways(column: Any) -> None:
    checked = check({"leaves": column}, replace(TRIPS, features=(LEAVES,)))
    assert checked.reasons == {}
    np.testing.assert_array_equal(checked.numeric, np.array([[47_310], [47_310], [np.nan]], dtype=np.float32))


def test_a_parquet_files_clock_times_are_trained_on(tmp_path: Path) -> None:
    schema = pa.DataFrameSchema({"leaves": pa.Column(str, nullable=True, metadata={"role": ["clock", "target"]})})
    pq.write_table(arrow.table({"leaves": [time(13, 8, 30), None, time(0, 0, 1, 5)]}), tmp_path / "t.parquet")
    found = validate(pd.read_parquet(tmp_path / "t.parquet"), schema, Path("t.parquet"))
    numeric, _ = encode({"leaves": found["leaves"].to_numpy(object)}, replace(TRIPS, features=(LEAVES,)))
    np.testing.assert_array_equal(numeric[:, 0], [47_310, np.nan, 1])


@pytest.mark.parametrize(
    ("given", "days", "seconds"),
    [
        (datetime(2024, 2, 29, 23, 59, 59, 999_999), 19_782, 86_399),
        (datetime(1969, 12, 31, 0, 0, 1), -1, 1),
        (date(1970, 1, 1), 0, 0),
        ("1969-12-31T13:08", -1, 47_280),
        (np.datetime64("1969-12-31T13:08:00.000000001"), -1, 47_280),
        (None, np.nan, np.nan),
    ],
)
def test_a_moment_is_encoded_as_days_and_seconds(given: Any, days: float, seconds: float) -> None:
    made = replace(TRIPS, features=(SOLD,))
    np.testing.assert_array_equal(encode(to_columns([{"sold": given}], made), made)[0], [[days, seconds]])


def test_a_parquet_column_with_a_zone_is_refused_where_the_time_counts(tmp_path: Path) -> None:
    exported_trips(tmp_path / "model.onnx")
    frame = trips(20)
    frame.assign(sold=frame["sold"].dt.tz_localize("Asia/Tokyo")).to_parquet(tmp_path / "in.parquet")
    with pytest.raises(ProjectError, match=r"sold must be of type date without a time zone, got timestamp\[ms, tz=A"):
        score_file(tmp_path / "in.parquet", tmp_path / "out.csv", tmp_path / "model.onnx")


def test_a_file_with_times_is_scored_as_training_saw_it(tmp_path: Path) -> None:
    exported_trips(tmp_path / "model.onnx")
    frame, predictor = trips(50), Predictor(tmp_path / "model.onnx")
    frame.to_csv(tmp_path / "in.csv", index=False)
    score_file(tmp_path / "in.csv", tmp_path / "out.csv", predictor.path)
    scores = predictor.scores(feature_columns(frame, TRIPS))[:, 0]
    np.testing.assert_allclose(pd.read_csv(tmp_path / "out.csv")["prediction"], scores, rtol=1e-6)


def own_features(xp: Any, row: Any) -> dict[str, Any]:
    return {
        "rush": (row.hour("sold") >= 7) & (row.hour("sold") < 9.5),
        "late": row["leaves"] > 22,
        "hour": xp.floor(row.hour("sold")),
        "since": row["sold"] - xp.asarray(np.datetime64("1969-06-01T12:00", "s")),
    }


def test_features_see_times_of_day_alike_in_training_and_in_the_model_file(tmp_path: Path) -> None:
    frame = trips()
    columns, y = feature_columns(frame, TRIPS), target_values(frame, TRIPS)
    made = derive(own_features, columns, TRIPS)
    np.testing.assert_array_equal(made["hour"], frame["sold"].dt.hour.to_numpy(np.float32))
    contract = replace(TRIPS, derived=tuple(as_feature(name, values) for name, values in made.items()))
    graph = FeatureGraph(own_features, contract)
    graph.check(columns)
    X = to_frame(columns, contract, graph)
    training = train_pipeline(
        X, y, contract.widened(), train_params("regression", estimator="sklearn.linear_model.Ridge")
    )
    parity = export(replace(training, graph=graph), contract, {}, columns, y, tmp_path / "model.onnx")
    assert parity.difference <= parity.tolerance


def test_an_hour_of_what_has_none_is_one_line_with_the_columns_that_have_one() -> None:
    with pytest.raises(ProjectError, match=r"no feature column 'size' with a time of day; there are sold, leaves"):
        derive(lambda _, row: {"h": row.hour("size")}, feature_columns(trips(3), TRIPS), TRIPS)


def test_golden_rows_and_profile_hold_times() -> None:
    rows = golden_rows(TRIPS)
    assert (rows[0]["sold"], rows[1]["sold"]) == ("1960-01-01T00:00:00", "2030-12-31T23:59:59")
    assert (rows[0]["leaves"], rows[1]["leaves"], rows[2]["leaves"]) == ("00:00:00", "23:59:59", None)
    found: Any = build_profile(trips(), TRIPS)["columns"]
    assert found["leaves"]["missing"] == trips()["leaves"].isna().sum()
    assert found["leaves"]["minimum"] < "00:30:00"
    assert "11:00:00" < found["leaves"]["quantiles"]["0.5"] < "13:00:00"
