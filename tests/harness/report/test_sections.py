"""Sections that not every report has: curves of values, cross-validated scores, entities on both sides."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harness.evaluate.curves import curves_of
from harness.report.markdown import to_markdown
from harness.report.notes import how_to_reproduce, notes_on
from harness.report.pictures import curve_text, write_pictures
from harness.report.tables import flips_line, gate_table, metrics_table, own_gate_table, slices_table
from harness.report.terminal import print_report
from tests.support.reports import CHANGE, report
from tests.support.samples import sample


def test_a_regressions_residuals_are_drawn_by_their_quantiles(tmp_path: Path) -> None:
    made = sample("regression")
    curve = curves_of(made)["residuals"]
    assert curve.y[49] == pytest.approx(np.median(made.y - made.scores[:, 0]))
    curves = [
        {"plot": plot, "model": model, "x": line.x.tolist(), "y": line.y.tolist()}
        for model in ("base", "candidate")
        for plot, line in curves_of(made).items()
    ]
    assert write_pictures(report(task="regression", curves=curves), tmp_path) == ["calibration.png", "residuals.png"]
    assert all((tmp_path / name).read_bytes().startswith(b"\x89PNG") for name in ("calibration.png", "residuals.png"))


def test_the_numbers_of_a_curve_are_in_its_alternative_text() -> None:
    """Of calibration and residuals it was the title alone."""
    drawn = {"base": ([0.1, 0.5], [0.2, 0.45]), "candidate": ([0.1, 0.4], [0.1, 0.6])}
    curves = [{"plot": "calibration", "model": model, "x": x, "y": y} for model, (x, y) in drawn.items()]
    curves.append({"plot": "residuals", "model": "candidate", "x": [0.05, 0.5, 0.95], "y": [-4.0, 0.5, 6.0]})
    made = report(curves=curves)
    assert curve_text(made, "calibration") == (
        "Calibration of both models; largest observed − predicted of a bin: base +0.1000 at 0.1000; "
        "this +0.2000 at 0.4000"
    )
    assert curve_text(made, "residuals").endswith("; nine rows in ten: this −4.0000 … +6.0000, median +0.5000")
    assert curve_text(report(), "roc") == "ROC of both models; roc_auc: base 0.8000, this 0.9000"
    alone = report(curves=[{**curves[1], "plot": "roc"}])
    assert curve_text(alone, "roc").startswith("ROC of this model; ")


def test_the_panel_below_the_calibration_holds_the_differences(tmp_path: Path) -> None:
    """They were drawn into the upper panel, and the lower one was empty."""
    curve = {"plot": "calibration", "model": "candidate", "x": [0.2, 0.5, 0.8], "y": [0.5, 0.6, 0.9]}
    write_pictures(report(curves=[curve]), tmp_path)
    with Image.open(tmp_path / "calibration.png") as image:
        pixels = np.asarray(image.convert("RGBA"), dtype=int)
    red, _, blue, seen = np.moveaxis(pixels[-len(pixels) // 4 :], -1, 0)  # the lower panel
    assert ((blue > red + 100) & (seen > 200)).sum() > 100


def test_cross_validated_scores_are_shown_where_there_are_some(capsys: pytest.CaptureFixture[str]) -> None:
    made = report(cv=[{"metric": "roc_auc", "base": None, "candidate": 0.85}])
    assert "| `roc_auc` |  | 0.8500 |" in to_markdown(made)
    assert "Cross-validated scores" not in to_markdown(report())
    print_report(made)
    assert "0.8500   cross-validated, to choose by" in capsys.readouterr().out


def test_a_model_that_a_cluster_trained_is_equal_within_intervals() -> None:
    trained = "by lightgbm.dask, workers 2, partitions 13"
    (note,) = (note for note in notes_on(report(distributed=trained)) if "cluster" in note)
    assert f"({trained})" in note.replace("\\", "")
    assert note.endswith("within the intervals, not to the byte.")


def test_entities_on_both_sides_are_said() -> None:
    (note,) = (note for note in notes_on(report(entities=40, entities_trained_on=31)) if "groups" in note)
    assert note.startswith("> 31 of the 40 groups in the test rows are in the training rows too, because the rows")


def test_a_rules_reason_stands_beside_it_and_a_change_has_its_sign() -> None:
    """The reasons had a column of their own: on a phone it was as narrow as a word, and log_loss rose by 0.0058."""
    rules = [
        {"rule": "roc_auc ≥ 0.8", "value": 0.9, "state": "pass", "reason": ""},
        {"rule": "log_loss max_rise 0.02", "value": 0.0058, "state": "undecided", "reason": "too few rows"},
        {"rule": "roc_auc max_drop_from_best 1e-05", "value": 0.01, "state": "pass", "reason": ""},
    ]
    assert gate_table(report(gate=rules)) == [
        "| gate | found | rule |",
        "|---|--:|---|",
        "| ✅\N{NO-BREAK SPACE}pass | 0.9000 | `roc_auc ≥ 0.8` |",
        "| ➖\N{NO-BREAK SPACE}undecided | +0.0058 | `log_loss max_rise 0.02`: too few rows |",
        "| ✅\N{NO-BREAK SPACE}pass | +0.0100 | `roc_auc max_drop_from_best 1e-05` |",
    ]


def test_a_phone_shows_the_change_and_its_verdict() -> None:
    """They were the fourth and the sixth column: at 412 pixels out of sight."""
    better = {**CHANGE, "detectable": 0.07, "verdict": "better"}
    unknown = {**better, "metric": "f1", "low": None, "high": None, "verdict": "not evaluable", "reason": "9 rows"}
    head, _, row, *others = metrics_table(report(changes=[unknown, better]))
    assert head.startswith("| metric (262 rows) | change | verdict | joint 95 % interval | base | this |")
    assert row.startswith("| **`roc_auc`** ↑ | +0.1000 | 🟢 better | +0.0500")
    assert others == [
        "",
        "| without interval | change | base | this | why |",
        "|---|--:|--:|--:|---|",
        "| `f1` ↑ | +0.1000 | 0.8000 | 0.9000 | 9 rows |",
    ]
    assert metrics_table(report(changes=[unknown]))[0].startswith("| without interval |")


def test_a_note_on_the_base_says_base_once() -> None:
    assert notes_on(report(base_reason="the base has no pipeline yet"))[0] == "> The base has no pipeline yet"
    assert notes_on(report(base_reason="the split changed"))[0] == "> About the base: the split changed"


def test_a_model_that_is_compared_with_none_has_a_table_of_its_values(capsys: pytest.CaptureFixture[str]) -> None:
    alone = {**CHANGE, **dict.fromkeys(("base", "change", "low", "high", "detectable")), "verdict": "new"}
    assert metrics_table(report(changes=[alone], base_state="first run")) == [
        "| metric (262 rows) | this |",
        "|---|--:|",
        "| **`roc_auc`** ↑ | 0.9000 |",
    ]
    print_report(report(changes=[alone], base_state="first run"))
    shown = capsys.readouterr().out
    assert f"\nmetric{' ' * 28}this   (262 rows)\nroc_auc{' ' * 25}0.9000\n" in shown


@pytest.mark.parametrize("state", ["first run", "not comparable"])
def test_where_nothing_is_compared_no_interval_is_explained(state: str, capsys: pytest.CaptureFixture[str]) -> None:
    made = report(base_state=state, base_commit=None)
    assert how_to_reproduce(made)[-1] == f"Commit `{'a' * 40}`, no base; SHA-256 of data `{'0' * 12}`."
    print_report(made)
    assert "The intervals hold together" not in capsys.readouterr().out
    assert "The intervals hold together" in how_to_reproduce(report())[-1]


def test_what_a_maintainer_can_do_about_models_that_are_not_comparable_is_said() -> None:
    assert notes_on(report(base_state="not comparable"))[-1].endswith(
        "a maintainer's decision: the label `gate-override`."
    )


def test_labels_that_did_not_change_are_one_sentence() -> None:
    nothing = {"to_right": 0, "to_wrong": 0, "wrong_to_wrong": 0}
    assert flips_line(report(flips=nothing)) == ["Not one of 262 labels changed."]


def test_labels_that_are_wrong_in_another_way_are_told_where_there_are_any() -> None:
    """Of two classes there can be none."""
    ways = {"to_right": 2, "to_wrong": 1, "wrong_to_wrong": 0}
    assert flips_line(report(flips=ways)) == ["3 of 262 labels changed: 2 are right now, 1 are wrong now."]
    ways["wrong_to_wrong"] = 4
    assert flips_line(report(flips=ways))[0].endswith(", 1 are wrong now, 4 are wrong in another way.")


def test_two_equal_model_files_are_no_matter_of_evidence(capsys: pytest.CaptureFixture[str]) -> None:
    unmoved = {**CHANGE, "change": 0, "low": 0, "high": 0, "detectable": 0, "verdict": "no evidence"}
    part = {"column": "sex", "value": "male", "rows": 154, "not_evaluable": None, "changes": [unmoved]}
    same = report(same_model=True, changes=[unmoved], slices=[part])
    print_report(same)
    for shown in ("\n".join(metrics_table(same) + slices_table(same)), capsys.readouterr().out):
        assert "same model" in shown
        assert "no evidence" not in shown


def test_the_terminal_says_why_a_model_was_trained_once(capsys: pytest.CaptureFixture[str]) -> None:
    """A refit that failed was told in the comment alone."""
    print_report(report(trainings_reason="training again with another seed failed: no"))
    assert "\nEach side was trained once: training again with another seed failed: no\n" in capsys.readouterr().out


def test_a_slice_is_shown_by_every_metric_that_a_rule_names() -> None:
    """The table had the primary metric alone; a rule on another one was seen in the gate only."""
    changes = [{**CHANGE, "metric": name, "detectable": 0.07, "verdict": "better"} for name in ("roc_auc", "brier")]
    part = {"column": "sex", "value": "male", "rows": 154, "not_evaluable": None, "changes": changes}
    rows = slices_table(report(slices=[part, {**part, "value": "x", "changes": [], "not_evaluable": "9 rows"}]))[2:]
    assert [row.split(" | ")[0] for row in rows] == ["| `sex` = `male`", "| `brier` of `sex` = `male`", "| `sex` = `x`"]
    alone = [{**CHANGE, "metric": name, "verdict": "new", "detectable": None} for name in ("roc_auc", "brier")]
    rows = slices_table(report(slices=[{**part, "changes": alone}]))[2:]
    assert rows == ["| `sex` = `male` | 154 | 0.9000 |", "| `brier` of `sex` = `male` | 154 | 0.9000 |"]


def test_your_own_rules_are_listed_with_what_fails_first() -> None:
    rules = [{"rule": state, "value": 1, "state": state, "reason": ""} for state in ("pass", "fail")]
    shown = "\n".join(own_gate_table(report(own_gate=rules)))
    assert shown.index("❌") < shown.index("✅")
