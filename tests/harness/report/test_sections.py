"""Sections that not every report has: curves of values, cross-validated scores, entities on both sides."""

from pathlib import Path

import numpy as np
import pytest

from harness.evaluate.curves import curves_of
from harness.report.markdown import to_markdown
from harness.report.notes import notes_on
from harness.report.pictures import write_pictures
from harness.report.tables import flips_line, gate_table, metrics_table
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


def test_cross_validated_scores_are_shown_where_there_are_some(capsys: pytest.CaptureFixture[str]) -> None:
    made = report(cv=[{"metric": "roc_auc", "base": None, "candidate": 0.85}])
    assert "| `roc_auc` |  | 0.8500 |" in to_markdown(made)
    assert "Cross-validated scores" not in to_markdown(report())
    print_report(made)
    assert "0.8500   cross-validated, to choose by" in capsys.readouterr().out


def test_entities_on_both_sides_are_said() -> None:
    (note,) = (note for note in notes_on(report(entities=40, entities_trained_on=31)) if "groups" in note)
    assert note.startswith("> 31 of the 40 groups in the test rows are in the training rows too, for the time decides")


def test_a_gate_without_reasons_has_no_column_for_them() -> None:
    rule = {"rule": "roc_auc ≥ 0.8", "value": 0.9, "state": "pass", "reason": ""}
    assert gate_table(report(gate=[rule]))[0] == "| gate | rule | found |"
    assert gate_table(report(gate=[rule, {**rule, "reason": "undefined"}]))[0] == "| gate | rule | found | why |"


def test_a_model_that_is_compared_with_none_has_a_table_of_its_values() -> None:
    alone = {**CHANGE, **dict.fromkeys(("base", "change", "low", "high", "detectable")), "verdict": "new"}
    assert metrics_table(report(changes=[alone], base_state="first run")) == [
        "| metric (262 test rows) | this |",
        "|---|--:|",
        "| **`roc_auc`** ↑ | 0.9000 |",
    ]


def test_what_a_maintainer_can_do_about_models_that_are_not_comparable_is_said() -> None:
    assert notes_on(report(base_state="not comparable"))[-1].endswith(
        "a maintainer's decision: the label `gate-override`."
    )


def test_labels_that_did_not_change_are_one_sentence() -> None:
    nothing = {"to_right": 0, "to_wrong": 0, "wrong_to_wrong": 0}
    assert flips_line(report(flips=nothing)) == ["Not one of 262 labels changed."]
