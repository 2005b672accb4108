"""The picture on top: what is better lies to the right, and its alternative text holds the numbers and no markup."""

from pathlib import Path

import pytest
from PIL import Image

from harness.report.forest import CHANGES_PICTURE, forest_lines, write_forest
from harness.report.markdown import render
from tests.support.reports import CHANGE, report

HIGHER = {**CHANGE, "detectable": 0.07, "verdict": "better"}
LOWER = {**HIGHER, "metric": "log_loss", "better": "lower", "verdict": "worse", "allowed": 0.02}


def test_what_is_better_lies_to_the_right() -> None:
    first, second = forest_lines(report(changes=[LOWER, HIGHER]))
    assert (first.name, first.gain, first.low, first.high, first.allowed) == ("roc_auc", 0.1, 0.05, 0.15, None)
    assert (second.name, second.gain, second.low, second.high) == ("log_loss", -0.1, -0.15, -0.05)
    assert second.allowed == -0.02
    assert (first.mirrored, second.mirrored) == (False, True)  # the axis says so, for the numbers beside it are not


def test_a_regression_is_drawn_in_percent_of_the_bases_value() -> None:
    (line,) = forest_lines(report(task="regression", changes=[LOWER]))
    assert [line.gain, line.allowed] == pytest.approx([-12.5, -2.5])


def test_the_numbers_are_in_the_alternative_text(tmp_path: Path) -> None:
    told = write_forest(report(changes=[HIGHER]), tmp_path)
    assert told == "Changes with joint 95 % intervals: roc_auc better +0.1000 (+0.0500 … +0.1500)"
    assert (tmp_path / CHANGES_PICTURE).read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("hostile", ["](http://example.org)", "`x`<img>", "www.example.org @team #1", "a\n\n# b"])
def test_nothing_in_the_alternative_text_is_markup(hostile: str, tmp_path: Path) -> None:
    told = write_forest(report(changes=[{**HIGHER, "metric": hostile}]), tmp_path)
    for sign in ("[", "]", "`", "<", "@", "#", "\n", "www.", "://"):
        assert sign not in told


def test_without_an_interval_there_is_no_picture(tmp_path: Path) -> None:
    nothing = dict.fromkeys(("change", "low", "high", "detectable"))
    made = report(changes=[{**HIGHER, **nothing, "verdict": "new"}])
    assert write_forest(made, tmp_path) == ""
    render(made, tmp_path)
    assert CHANGES_PICTURE not in (tmp_path / "report.md").read_text("utf-8")


def test_the_text_can_be_read_on_a_phone(tmp_path: Path) -> None:
    """It was 7 pixels high, for every line ended with its interval."""
    named = {**LOWER, "metric": "debiased_calibration_error"}
    write_forest(report(changes=[HIGHER, named]), tmp_path)
    with Image.open(tmp_path / CHANGES_PICTURE) as image:
        assert image.width <= 640
