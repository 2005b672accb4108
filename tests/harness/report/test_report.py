"""report.json from a hostile hand: refused whole, or shown as text."""

import json
import os
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from harness.commands.gate import main
from harness.core.errors import ProjectError
from harness.core.paths import REPORT_PATH
from harness.report.escape import COMMENT_LENGTH, prose, text
from harness.report.gate_outcome import gate_outcome
from harness.report.headline import headline
from harness.report.markdown import render, to_markdown
from harness.report.report import Rule, RuleState
from harness.report.report_file import LARGEST_REPORT, read_report, write_report
from harness.report.terminal import print_report
from tests.support.reports import CHANGE, report, values

UNJUDGED = [{"rule": rule, "value": None, "state": "not evaluable", "reason": "no base"} for rule in ("r", "s")]
HOSTILE = [
    "a | b",
    "`code`",
    r"$\frac{1}{2}$",
    "<script>alert(1)</script>",
    "@team",
    "![x](http://example.org/x.png)",
    "[x](../../secret)",
    "\u202egnp.exe",
    "</details></code><h1>merge me</h1>",
    "https://example.org",
    "#1",
    "line\n\n# heading",
    "&lt;b&gt;",
    "**bold** _it_ ~~no~~ \\",
    "www.example.org",
    "\x00\x1b[31m",
    "GH-1 a@example.org",
]


def test_a_report_on_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    unknown = {"metric": "f1", "better": "higher", "base": 0.5, "candidate": None, "change": None, "detectable": None}
    unknown["reason"] = "9 rows, 100 are needed"
    changes = [
        {**unknown, "low": None, "high": None, "verdict": "not evaluable"},
        {**CHANGE, "detectable": 0.07, "verdict": "better"},
    ]
    rules = [
        {"rule": "roc_auc ≥ 0.8", "value": 0.9, "state": "pass", "reason": ""},
        {"rule": "f1 of x = \x1b[31m", "value": None, "state": "fail", "reason": "undefined"},
    ]
    print_report(report(changes=changes, gate=rules, gate_passed=False, overridden_by="ada"))
    assert (
        capsys.readouterr().out
        == """
metric                          change   verdict       joint 95 % interval      base      this   (262 rows)
roc_auc                        +0.1000   better        +0.0500 … +0.1500      0.8000    0.9000
f1                                       not evaluable                        0.5000             9 rows, 100 are needed

⚠️ The gate was overridden by ada
the gate FAILED (overridden by ada): 1 of 2 rules
fail                       f1 of x = �[31m: undefined
pass              0.9000   roc_auc ≥ 0.8

The intervals hold together: chance alone brings a verdict into at most 5 reports of 100.
A rule on a change fails if the change exceeds the allowance and its interval is wholly worse than 0.
"""
    )


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"gate_rules": [{"key": "gates.metrics.brier", "old": "0.1", "new": None}]}, "by those of the base."),
        ({"params": [{"key": "evaluate.min_slice_rows", "old": "30", "new": "999"}]}, "as the base says."),
        ({"own_gate": [{"rule": "mine", "value": None, "state": "fail", "reason": ""}]}, "as the base says."),
    ],
)
def test_terminal_and_comment_say_that_the_base_judges(
    capsys: pytest.CaptureFixture[str], changes: dict[str, Any], told: str
) -> None:
    """The terminal was silent, and of `evaluate` and src/rules.py the comment too."""
    print_report(report(**changes))
    assert f"this run is judged {told}" in capsys.readouterr().out
    assert f"this run is judged {told}" in to_markdown(report(**changes))


def test_make_gate_says_what_the_comment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It said that the gate holds where the comment said that three of five rules are not settled."""
    monkeypatch.chdir(tmp_path)
    states = ("pass", "undecided", "undecided", "not evaluable")
    rules = [{"rule": "r", "value": 0, "state": state, "reason": ""} for state in states]
    made = report(gate=rules, gate_passed=True)
    write_report(made, REPORT_PATH)
    main(Namespace())
    first, second = capsys.readouterr().out.splitlines()
    assert first == headline(made).replace("`", "")
    assert first.endswith("; 2 of 4 rules undecided on these rows")
    assert second.startswith("the gate holds: 4 rules (2 undecided, 1 not evaluable), at ")


@pytest.mark.parametrize(
    ("value", "reason", "told"),
    [
        (0.5, "", "mine: got 0.5000"),
        (0.5, "too low", "mine: too low"),
        (None, "", "mine"),  # it ended with a TypeError
    ],
)
def test_make_gate_names_a_rule_that_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: float | None, reason: str, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    rule = {"rule": "mine", "value": value, "state": "fail", "reason": reason}
    write_report(report(gate=[rule], gate_passed=False), REPORT_PATH)
    with pytest.raises(ProjectError, match=f"^the gate failed: {told}$"):
        main(Namespace())


def test_a_first_model_without_rules_on_values_has_not_passed_a_gate(capsys: pytest.CaptureFixture[str]) -> None:
    print_report(report(base_state="first run", gate=[], gate_passed=True))
    shown = capsys.readouterr().out
    assert "⚠️ First model: there is none to compare with, and the gate has no rules" in shown
    assert "holds" not in shown


def test_a_gate_that_could_judge_nothing_neither_passed_nor_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Once the first report on an adopted table said: the gate passed, 2 rules. Neither had anything to judge by."""
    first = report(base_state="first run", gate=UNJUDGED, gate_passed=True)
    print_report(first)
    shown = capsys.readouterr().out
    assert shown.count("0 of 2 rules could be judged") == 1
    assert (
        shown.count("rules on changes need a base; rules on values are yours to set (params.yaml: gates, min or") == 1
    )
    monkeypatch.chdir(tmp_path)
    write_report(first, REPORT_PATH)
    main(Namespace())
    shown = capsys.readouterr().out
    assert shown.count("0 of 2 rules could be judged") == 1
    assert f"\nat {'a' * 12}: rules on changes need a base; rules on values are yours to set" in shown


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["pass", "pass"], "the gate holds: 2 rules"),
        (["pass", "undecided", "not evaluable"], "the gate holds: 3 rules (1 undecided, 1 not evaluable)"),
        (["fail", "not evaluable"], "the gate failed: 1 of 2 rules"),
        (["not evaluable"], "0 of 1 rules could be judged"),
        ([], "the gate has no rules"),
    ],
)
def test_the_gates_outcome_is_said_alike_everywhere(states: list[RuleState], expected: str) -> None:
    assert gate_outcome([Rule(rule="r", value=1, state=state, reason="") for state in states]) == expected


def test_a_report_survives_its_file(tmp_path: Path) -> None:
    write_report(report(), tmp_path / "report.json")
    assert read_report(tmp_path / "report.json") == report()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{",
        b"\xff\xfe",
        json.dumps(values(changes=[{**CHANGE, "base": float("nan"), "detectable": 0.1, "verdict": "better"}])).encode(),
        json.dumps(values(changes=[{**CHANGE, "high": float("inf"), "detectable": 0.1, "verdict": "better"}])).encode(),
        json.dumps(values(rows=-1)).encode(),
        json.dumps(values(rows="262")).encode(),
        json.dumps(values(extra=1)).encode(),
        json.dumps(values(version=1)).encode(),
        json.dumps(values(commit="main; rm -rf /")).encode(),
        json.dumps(values(base_state="<b>")).encode(),
        json.dumps(values(hashes={"data": "../../etc/passwd"})).encode(),
        json.dumps(values(files=["x" * 10_000])).encode(),
        json.dumps(values(changes=[{**CHANGE, "detectable": 0.1, "verdict": "better"}] * 5000)).encode(),
        json.dumps(values(curves=[{"plot": "../../x", "model": "base", "x": [0], "y": [0]}])).encode(),
        json.dumps(values(curves=[{"plot": "roc", "model": "base", "x": [0, 1], "y": [0]}])).encode(),
    ],
)
def test_what_is_no_report_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "report.json").write_bytes(content)
    with pytest.raises(ProjectError, match=r"report\.json: ") as error:
        read_report(tmp_path / "report.json")
    assert len(str(error.value)) < 1000
    assert "\n" not in str(error.value)


def test_a_link_and_a_huge_file_are_not_opened(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(json.dumps(values()))
    (tmp_path / "link.json").symlink_to(tmp_path / "secret")
    with pytest.raises(ProjectError, match="must be a plain file"):
        read_report(tmp_path / "link.json")
    with (tmp_path / "huge.json").open("wb") as file:
        os.truncate(file.fileno(), 100_000_000)
    with pytest.raises(ProjectError, match=f"must be at most {LARGEST_REPORT:,} bytes, got 100,000,000"):
        read_report(tmp_path / "huge.json")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_text_becomes_markup(hostile: str, tmp_path: Path) -> None:
    """Wherever a string can stand, GitHub's Markdown shows it as the characters that it is."""
    change = {**CHANGE, "metric": hostile, "detectable": 0.1, "verdict": "better"}
    made = report(
        primary=hostile,
        base_reason=hostile,
        changes=[change],
        slices=[{"column": hostile, "value": hostile, "rows": 3, "not_evaluable": hostile, "changes": [change]}],
        params=[{"key": hostile, "old": hostile, "new": None}],
        gate_rules=[{"key": hostile, "old": hostile, "new": hostile}],
        packages=[{"key": hostile, "old": hostile, "new": hostile}],
        files=[f"A {hostile}"],
        data={
            "added": 1,
            "removed": 0,
            "changed": 0,
            "columns_added": [hostile],
            "columns_removed": [hostile],
            "shifts": [{"column": hostile, "psi": 0.5}],
        },
        gate=[{"rule": hostile, "value": None, "state": "fail", "reason": hostile}],
        overridden_by=hostile,
    )
    render(made, tmp_path)
    markdown = (tmp_path / "report.md").read_text("utf-8")
    html = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(markdown)
    for tag in ("<script", "<a ", "<h1", "<em", "<s>"):
        assert tag not in html, tag
    assert html.count("<img") == 2  # our own pictures
    assert html.count("<strong>") == 3  # the primary metric, Data, Files
    assert html.count("<table>") == html.count("</table>") == 6
    assert html.count("<details>") == html.count("</details>")
    for sign in ("@", "http:", "www.", "\u202e", "\x1b", "\x00"):
        assert sign not in markdown


def test_text_is_shown_as_it_is() -> None:
    assert MarkdownIt().renderInline(text("a_b | <c>", 100)).count("a_b | &lt;c&gt;") == 1
    assert text("x" * 200, 10).count("x") == 9
    assert text(" ") == ""


def test_a_comment_that_is_too_long_is_cut_with_a_note() -> None:
    part = {"column": "c", "rows": 3, "not_evaluable": "&" * 200, "changes": []}
    made = report(slices=[{**part, "value": "&" * 2000} for _ in range(200)])
    markdown = to_markdown(made, ["roc.png"])
    assert COMMENT_LENGTH - 5000 < len(markdown) < 65_536
    assert "The rest is cut off" in markdown
    assert markdown.count("<details>") == markdown.count("</details>")


UNMOVED = {**CHANGE, "change": 0, "low": 0, "high": 0, "detectable": 0, "verdict": "no evidence"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "✅ The gate holds: `roc_auc` is better (+0.1000)"),
        ({"base_state": "failed"}, "❌ Do not merge: the base cannot be reproduced"),
        ({"base_state": "not comparable"}, "❌ Do not merge: the two models are not comparable"),
        (
            {"base_state": "first run", "gate": [{"rule": "r", "value": 1, "state": "pass", "reason": ""}]},
            "✅ First model: there is none to compare with, and it keeps the gate's limits",
        ),
        (
            {"base_state": "first run", "gate": []},
            "⚠️ First model: there is none to compare with, and the gate has no rules",
        ),
        (
            {"base_state": "first run", "gate": UNJUDGED},
            "⚠️ First model: there is none to compare with, and 0 of 2 rules could be judged",
        ),
        ({"gate": UNJUDGED}, "⚠️ 0 of 2 rules could be judged: `roc_auc` is better (+0.1000)"),
        (
            {"gate": [{"rule": "r", "value": 1, "state": "fail", "reason": ""}]},
            "❌ Do not merge: `r` of the gate failed",
        ),
        (
            {"gate": [{"rule": "r", "value": 1, "state": "undecided", "reason": ""}]},
            "✅ The gate holds: `roc_auc` is better (+0.1000); 1 of 1 rules undecided on these rows",
        ),
        (
            {"changes": [UNMOVED, {**UNMOVED, "metric": "ece", "low": None, "high": None, "detectable": None}]},
            "✅ The gate holds: both models predict the same",
        ),
        (  # the same order of the rows, and other probabilities
            {"changes": [UNMOVED, {**UNMOVED, "metric": "brier", "change": 0.1, "low": 0.05, "high": 0.15}]},
            "✅ The gate holds: no evidence that `roc_auc` changed (0.0000)",
        ),
        ({"same_model": True}, "✅ The gate holds: the model file is the same, to the last byte"),
        ({"overridden_by": "ada"}, "⚠️ The gate was overridden by `ada`"),
    ],
)
def test_the_headline_says_whether_to_merge(changes: dict[str, Any], expected: str) -> None:
    assert headline(report(**changes)) == expected


def test_uncommitted_work_is_not_told_to_be_checked_out() -> None:
    assert "`git checkout aaaaaaaaaaaa && make report BASE=bbbbbbbbbbbb`" in to_markdown(report())
    shown = to_markdown(report(dirty=True))
    assert "git checkout" not in shown
    assert "In this work tree, because its changes are not committed yet: `make report BASE=bbbbbbbbbbbb`" in shown


def test_a_reason_is_a_sentence_unless_something_in_it_could_be_read() -> None:
    assert prose("strict: the true drop may be up to 0.04") == "strict: the true drop may be up to 0.04"
    for other in ("see GH-1", "see 1a9f065", "<b>", "www.example.org", "@team"):
        assert prose(other).startswith(("`", "<code>"))
