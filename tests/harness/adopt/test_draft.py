"""The files of an adopted project, before they take the worked example's place."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pytest

from harness.adopt.draft import Draft, make_draft
from harness.adopt.gate_rules import gate_notes
from harness.adopt.infer import infer
from harness.adopt.plan import Wishes
from harness.adopt.refits import affordable_refits
from harness.adopt.trial import load_draft, try_out
from harness.adopt.write_project import named_container, readme_text
from harness.core.params import TaskParams, load_params
from harness.data.validation import validate
from harness.project.neutral_hooks import neutral_hooks
from harness.tables.later_files import reread
from harness.tables.recorded_format import Recorded
from harness.tables.source import sniff
from harness.tables.staging import Staged, stage
from tests.support.constants import ROOT


def draft_of(
    folder: Path, frame: pd.DataFrame, target: str, name: str = "wine.csv", keep: tuple[str, ...] = ()
) -> Draft:
    frame.to_csv(folder / name, index=False)
    source = sniff(folder / name)
    stage(source, folder / "staged.parquet")
    table = Staged(folder / "staged.parquet", source.header, source.delimiter)
    return make_draft(table, infer(table, Wishes(target, keep=keep)), source, folder)


def wines() -> pd.DataFrame:
    """Every third one is there twice."""
    rng = np.random.default_rng(0)
    made = pd.DataFrame({"acid": rng.normal(6, 1, 200).round(3), "sugar": rng.normal(9, 3, 200).round(3)})
    made["good"] = np.where(made["acid"] + rng.normal(size=200) > 6, "yes", "no")
    return pd.concat([made, made[::3]], ignore_index=True)


def test_of_a_large_table_some_parts_are_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All 23 million rows of one took longer than all else of adopt, and their limits were known from all of them."""
    draft, data = draft_of(tmp_path, wines(), "good"), tmp_path / "wine.parquet"
    pd.read_csv(draft.data).to_parquet(data, row_group_size=10)
    monkeypatch.setattr("harness.adopt.trial.AT_ONCE", 20)
    seen: list[int] = []

    def watched(frame: pd.DataFrame, schema: pa.DataFrameSchema, source: Path) -> pd.DataFrame:
        seen.append(len(frame))
        return validate(frame, schema, source)

    monkeypatch.setattr("harness.adopt.trial.validate", watched)
    trial = try_out(data, tmp_path / "schema.py", TaskParams(type="binary"), load_params().preprocess)
    assert (trial.rows, seen) == (267, [20, 20, 20, 17])


def test_equal_rows_share_a_side_and_are_counted(tmp_path: Path) -> None:
    """Once a quarter of the test rows had a twin among the training rows."""
    draft = draft_of(tmp_path, wines(), "good")
    rows = pd.read_csv(draft.data)
    assert rows.groupby("row_hash")[["acid", "sugar"]].nunique().max().max() == 1
    assert rows["row_hash"].nunique() == 200
    assert draft.trial.split == "by a hash of row_hash"
    assert "67 rows are equal to another one; they are kept" in draft.plan.notes


def test_the_hash_of_a_later_row_is_the_same(tmp_path: Path) -> None:
    draft = draft_of(tmp_path, wines(), "good")
    schema = load_draft(tmp_path / "schema.py")
    read: Recorded = {"numbered": "row_id", "hashed": "row_hash"}
    wines().head(10).to_csv(tmp_path / "more.csv", index=False)
    names = ["row_id", "row_hash", "acid", "sugar", "good"]
    assert reread(sniff(tmp_path / "more.csv"), read, names, schema, tmp_path / "out.csv", 268) == 0
    first, later = pd.read_csv(draft.data).head(10), pd.read_csv(tmp_path / "out.csv")
    assert later["row_hash"].tolist() == first["row_hash"].tolist()
    assert later["row_id"].tolist() == list(range(268, 278))


def test_a_date_in_parts_is_written_and_put_together_again(tmp_path: Path) -> None:
    n = np.arange(240)
    frame = pd.DataFrame(
        {"year": 2020 + n // 120, "month": n // 10 % 12 + 1, "day": n % 10 + 1, "y": np.sin(n).round(4)}
    )
    draft = draft_of(tmp_path, frame, "y")
    assert pd.read_csv(draft.data)["date"].tolist()[:2] == ["2020-01-01", "2020-01-02"]
    assert draft.trial.split.startswith("by date: the test begins at 2021-")
    assert "assembled:" in draft.texts[Path("data.dvc")]


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({}, "Rows are split by a hash of their features: equal rows are on one side."),
        ({"wine_id": range(267)}, "Rows are split by `wine_id`: none moves between train and test."),
        ({"customer_id": np.arange(267) % 60 + 7}, "Rows are split by `customer_id`: all rows of one are on one side."),
        (
            {"sold": pd.date_range("2023-01-01", periods=267).astype(str)},
            "Rows are split by time (`sold`): the latest are the test.",
        ),
        (
            {"sugar": np.random.default_rng(1).normal(size=267)},
            "Rows are split by a hash of the whole row: none moves,",
        ),
    ],
)
def test_the_readme_says_how_the_rows_are_split(tmp_path: Path, columns: dict[str, object], says: str) -> None:
    """Once it said 'by id', whatever the table."""
    readme = draft_of(tmp_path, wines().assign(**columns), "good").texts[Path("README.md")]  # type: ignore[arg-type]
    assert says in readme
    assert readme.count("Rows are split by") == 1


def test_rules_that_are_gone_are_listed_and_what_to_set_is_said(tmp_path: Path) -> None:
    """Once the lowest value and the rules on slices went without a word."""
    draft, before = draft_of(tmp_path, wines(), "good"), load_params().gates
    assert list(gate_notes("binary", draft.primary, draft.gates, before)) == [
        "no rules: the test rows are too few for intervals",
        "removed, because it judged the table before: roc_auc min 0.8, roc_auc max_drop 0.01, log_loss max_rise 0.02, "
        "roc_auc max_drop 0.05 of each sex",
        "set yours in params.yaml: gates.metrics.roc_auc.min",
    ]
    new = {"rmse": {"max_rise": 0.5}}
    written, *_, own = gate_notes("regression", "rmse", new, before)
    assert written == "rmse max_rise 0.5: compare with a base, which this first model does not have"
    assert own == "set yours in params.yaml: gates.metrics.rmse.max"


def test_the_readme_gets_its_own_title_and_no_picture() -> None:
    text = readme_text((ROOT / "README.md").read_text("utf-8"), "wine: good", {"results": "It predicts `good`."})
    assert text.startswith("# wine: good\n")
    assert "comment.png" not in text
    assert "Titanic" not in text


def test_the_container_gets_the_projects_name() -> None:
    made = named_container((ROOT / ".devcontainer/devcontainer.json").read_text("utf-8"), "wine: good")
    assert '"name": "wine-good"' in made


@pytest.fixture
def hooks(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    for name in ("features", "metrics", "rules"):
        (tmp_path / f"src/{name}.py").write_text((ROOT / f"src/{name}.py").read_text("utf-8"))
    return tmp_path


def test_a_feature_of_columns_that_are_gone_goes(hooks: Path) -> None:
    path = hooks / "src/features.py"
    start = '"""Columns."""\n\n\ndef features(xp, row):\n    """New ones."""\n'
    path.write_text(f'{start}    both = row["sibsp"] + 1\n    return {{"family": both}}\n')
    texts = neutral_hooks({"sibsp", "fare"}, {"acid"}, hooks)
    assert texts == {Path("src/features.py"): f"{start}    del xp, row\n    return {{}}\n"}
    assert neutral_hooks({"sibsp"}, {"sibsp"}, hooks) == {}


def test_hooks_that_speak_of_no_column_stay(hooks: Path) -> None:
    path = hooks / "src/metrics.py"
    path.write_text('METRICS: dict[str, int] = {"fares": 3}\nCOLUMN = "fare"\n')
    (hooks / "src/features.py").write_text("def features(xp, row):\n    return {}\n")
    assert neutral_hooks({"sibsp", "fare"}, {"acid"}, hooks) == {
        Path("src/metrics.py"): 'METRICS: dict[str, int] = {}\nCOLUMN = "fare"\n'
    }


def test_a_short_fit_is_done_again_and_a_long_one_is_not(tmp_path: Path) -> None:
    draft = draft_of(tmp_path, wines(), "good")
    params = tmp_path / "params.yaml"
    params.write_text(draft.texts[Path("params.yaml")], "utf-8")
    train = load_params(params)
    assert train.evaluate.refits == 5
    many = replace(draft.trial, rows=10**9)
    assert affordable_refits(many, train.train) == 0


def test_no_file_but_the_data_names_a_value_of_few_rows(tmp_path: Path) -> None:
    """Doctors' names once stood in the schema, in README's request and in the model file."""
    doctors = [f"Dr. Lovelace {chr(65 + n // 9)}" for n in range(162)] + ["Dr. Hopper"] * 38
    draft = draft_of(tmp_path, wines().head(200).assign(ward=doctors), "good")
    (ward,) = (column for column in draft.plan.columns if column.name == "ward")
    assert (
        "for each, but one mean for all that have fewer than 10 rows (81% of the rows); KEEP=ward gives" in ward.reason
    )
    assert not [path for path, text in draft.texts.items() if "Lovelace" in text]
    assert draft.trial.example["ward"] == "Dr. Hopper"
    others = draft_of(tmp_path, wines().head(162).assign(ward=doctors[:162]), "good")
    assert others.trial.example["ward"] == "ward 1"
    assert "so the model learns nothing from it; KEEP=ward" in others.texts[Path("src/schema.py")].replace(
        "\n    # ", " "
    )
    asked = draft_of(
        tmp_path, wines().head(162).assign(ward=[f"{n} {n} {n} {n}" for n in range(81)] * 2), "good", keep=("ward",)
    )
    assert "ward: str = pa.Field(metadata=CATEGORICAL_RARE)" in asked.texts[Path("src/schema.py")]
    assert asked.trial.contract.features[-1].rare


def test_texts_and_times_of_day_are_learnt_from(tmp_path: Path) -> None:
    frame = (
        wines()
        .head(200)
        .assign(
            seen=pd.date_range("2024-01-01", periods=200, freq="7h").astype(str),
            opens=[f"{n % 12 + 1}:{n % 60:02} PM" for n in range(200)],
            note=[f"a wine of number {n}, kept well" for n in range(200)],
        )
    )
    draft = draft_of(tmp_path, frame, "good", keep=("note",))
    schema = draft.texts[Path("src/schema.py")]
    assert "opens: str = pa.Field(metadata=CLOCK)" in schema
    assert "note: str = pa.Field(metadata=TEXT)" in schema
    assert draft.trial.contract.timed() == ["seen"]
    assert str(draft.trial.example["opens"]).endswith(":00")
    assert str(draft.trial.example["seen"]).startswith("2024-01-")
