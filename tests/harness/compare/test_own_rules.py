"""src/rules.py of a project: its rules stand in the gate, and one line about a file that fails."""

import sys
from pathlib import Path

import pytest

from harness.compare.own_rules import own_rules, rules_differ
from src.rules import enough_rows
from tests.support.reports import report


def project(folder: Path, code: str) -> Path:
    (folder / "src").mkdir()
    (folder / "src/__init__.py").write_text("")
    (folder / "src/rules.py").write_text(f"from harness.report.report import Rule\n{code}\n")
    return folder


@pytest.fixture(autouse=True)
def _own_src_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another project's src is imported here; afterwards this one's counts again."""
    for name in [name for name in sys.modules if name.split(".")[0] == "src"]:
        monkeypatch.setitem(sys.modules, name, sys.modules[name])
    monkeypatch.setattr(sys, "path", list(sys.path))


def test_the_example_rule_counts_the_test_rows() -> None:
    assert [enough_rows(report(), least).state for least in (262, 263)] == ["pass", "fail"]


def test_a_rule_of_ones_own_stands_in_the_gate(tmp_path: Path) -> None:
    rule = "[Rule(rule='mine', value=report.rows, state='fail', reason='too few')]"
    (found,) = own_rules(report(), project(tmp_path, f"def rules(report): return {rule}"))
    assert (found.rule, found.value, found.state) == ("mine", 262, "fail")


def test_a_base_from_before_there_were_any_has_none(tmp_path: Path) -> None:
    assert own_rules(report(), tmp_path) == []


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("1 / 0", "rules.py:2: ZeroDivisionError: division by zero"),
        ("def rule(report): return []", "src/rules.py: must define the function rules"),
        ("def rules(report): return 3", "src/rules.py: rules must return a list of Rule, got 3"),
        ("def rules(report): return report.nothing", "rules.py:2: AttributeError: 'Report' object has no"),
        ("def rules(report): return [Rule(rule='a', value=float('nan'), state='pass', reason='')]", "input_value=nan"),
        ("def rules(report): return [3]", "src/rules.py: rules must return a list of Rule, got [3]"),
    ],
)
def test_a_file_that_fails_is_a_rule_that_failed(tmp_path: Path, code: str, reason: str) -> None:
    (found,) = own_rules(report(), project(tmp_path, code))
    assert (found.rule, found.state) == ("src/rules.py", "fail")
    assert reason in found.reason


def test_other_rules_of_ones_own_are_noticed(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("without", "one", "same", "other")]
    for folder in folders:
        folder.mkdir()
    without, *others = folders
    one, same, other = (
        project(folder, f"def rules(report): return {found}") for folder, found in zip(others, "112", strict=True)
    )
    assert not rules_differ(one, same)
    assert rules_differ(one, other)
    assert rules_differ(without, one)
