"""Columns of free text: words and pairs of words, weighed inside the model file as scikit-learn weighs them."""

import re
import resource
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pyarrow as arrow
import pytest

from harness.batch.check_rows import check
from harness.core.contract import Contract, Feature
from harness.core.errors import ProjectError
from harness.core.prepared import feature_columns, target_values
from harness.data.profile import describe_columns
from harness.data.roles import build_contract
from harness.inference.predictor import Predictor, encode, to_columns
from harness.model.export import export
from harness.model.golden_rows import golden_rows
from harness.model.pipeline import to_frame
from harness.model.text import WORD
from harness.model.tuning import train_pipeline
from tests.support.tables import contract, customers, train_params

BOOSTING = "ensemble.HistGradientBoostingClassifier"
NOTE = Feature("note", "string", "categorical", nullable=True, free=True)
WORDS = ["good", "Größe", "été", "漢字", "x", "late", "don't", "2024", "not", "naïve"]


def noted(task: str = "binary") -> Contract:
    made = contract(task)
    return replace(made, features=(*made.features, NOTE))


def notes(rows: int = 300, task: str = "binary") -> pd.DataFrame:
    """Customers with a note: words of several scripts, some empty, some long."""
    rng = np.random.default_rng(1)
    texts = [" ".join(rng.choice(WORDS, rng.integers(0, 12))) for _ in range(rows)]
    texts[5] = "Größe, GRÖSSE; großes " * 400
    return customers(rows, task=task).assign(note=pd.Series(texts).replace("", None))


def exported_notes(path: Path, task: str, estimator: str, texts: list[str] | None = None) -> Any:
    frame, made = notes(task=task), noted(task)
    frame["note"] = frame["note"] if texts is None else texts
    columns, y = feature_columns(frame, made), target_values(frame, made)
    few = {"max_iter": 10} if "Boosting" in estimator else {}
    params = train_params(task, estimator=f"sklearn.{estimator}", params=few)
    return export(train_pipeline(to_frame(columns, made), y, made, params), made, {}, columns, y, path)


@pytest.mark.parametrize(
    ("task", "estimator"),
    [
        ("binary", "linear_model.LogisticRegression"),
        ("multiclass", "ensemble.HistGradientBoostingClassifier"),
        ("regression", "linear_model.Ridge"),
        ("regression", "linear_model.LinearRegression"),  # in float32 its own sums were off by 2 of 1,500
    ],
)
def test_texts_of_every_script_are_scored_as_scikit_learn_does(tmp_path: Path, task: str, estimator: str) -> None:
    parity = exported_notes(tmp_path / "model.onnx", task, estimator)
    assert parity.rows == 300 + 7 + 4 + 8  # training rows; gaps; unseen; texts that are known to trip converters
    predictor = Predictor(tmp_path / "model.onnx")
    predictor.check_golden()
    rows = golden_rows(predictor.contract)
    assert {row["note"] for row in rows} >= {"a", "漢字 かな", "x " * 300}


def test_a_very_long_text_takes_no_room_in_the_other_rows(tmp_path: Path) -> None:
    exported_notes(tmp_path / "model.onnx", "binary", "linear_model.LogisticRegression")
    predictor = Predictor(tmp_path / "model.onnx")
    row = {"plan": "pro", "region": None, "member": True, "age": 30.0, "visits": 4, "note": "good, not late"}
    long = row | {"note": "x " * 15_000}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = predictor.scores(to_columns([row, long] * 3 + [row] * 4090, predictor.contract))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 500_000  # KiB; with room in each row it is 2.5 million
    alone = predictor.scores(to_columns([row, long], predictor.contract))
    np.testing.assert_allclose(found, np.concatenate([alone] * 3 + [alone[:1]] * 4090), rtol=0, atol=1e-7)


def test_a_pair_is_counted_though_one_of_its_words_is_not(tmp_path: Path) -> None:
    # More terms occur twice than there are columns: which get one is chance, and some pairs do without their words.
    names = [f'Dick, Mr. Albert Adrian ("x{i // 2} w{i // 2}"), O\'Brien-{i // 2}' for i in range(300)]
    assert exported_notes(tmp_path / "model.onnx", "binary", BOOSTING, names).difference < 1e-6


@pytest.mark.parametrize("space", ["\u00a0", "\u2003", "\u3000", "\x0b"])
def test_a_space_that_cuts_no_words_is_a_letter(tmp_path: Path, space: str) -> None:
    texts = [["a b", f"a{space}b", "b a", f"b{space}a a"][i % 4] for i in range(300)]
    assert exported_notes(tmp_path / "model.onnx", "binary", BOOSTING, texts).difference < 1e-6


def test_texts_of_one_word_have_no_pairs(tmp_path: Path) -> None:
    texts = [WORDS[i % 6] for i in range(300)]
    assert exported_notes(tmp_path / "model.onnx", "binary", BOOSTING, texts).difference < 1e-6


def test_trees_that_split_between_almost_equal_weights_find_them_in_the_file(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    orders = [rng.permutation(np.repeat(WORDS, range(1, 11))) for _ in range(300)]  # nearly the same lengths
    texts = [" ".join(order[: 50 + i % 5]) for i, order in enumerate(orders)]
    assert exported_notes(tmp_path / "model.onnx", "binary", BOOSTING, texts).difference < 1e-6


def test_letters_of_any_case_are_one_word() -> None:
    row = {feature.name: None for feature in noted().features}
    columns = to_columns([row | {"note": "GRÖßE Été"}, row | {"note": None}], noted())
    assert encode(columns, noted())[1][:, -1].tolist() == ["größe été", ""]


def test_files_and_requests_give_the_same_text() -> None:
    frame = notes(20)
    columns = {name: arrow.array(frame[name]) for name in [feature.name for feature in noted().features]}
    checked = check(columns, noted())
    np.testing.assert_array_equal(checked.categorical, encode(feature_columns(frame, noted()), noted())[1])


def test_a_word_is_what_stands_between_blanks_and_signs() -> None:
    assert re.findall(WORD, "a naïve, 漢字-test: don't (2024)…") == [
        "a",
        "naïve",
        "漢字",
        "test",
        "don",
        "t",
        "2024",
        "…",
    ]


def test_the_role_text_makes_a_feature_of_free_text() -> None:
    schema = pa.DataFrameSchema(
        {
            "y": pa.Column(int, metadata={"role": "target"}),
            "note": pa.Column(str, nullable=True, metadata={"role": "text"}),
        }
    )
    assert build_contract(schema, "binary").features == (NOTE,)


@pytest.mark.parametrize("column", [pa.Column(int), pa.Column(str, pa.Check.isin(["a"]))])
def test_a_text_is_free_or_no_text(column: pa.Column) -> None:
    column.metadata = {"role": ["text"]}
    schema = pa.DataFrameSchema({"y": pa.Column(int, metadata={"role": "target"}), "note": column})
    with pytest.raises(ProjectError, match=r"note has the role text and so must be str, without allowed values"):
        build_contract(schema, "binary")


def test_a_profile_holds_no_text() -> None:
    described: Any = describe_columns(notes(), noted())
    assert set(described["note"]) == {"missing", "minimum", "maximum", "mean", "standard_deviation", "quantiles"}
