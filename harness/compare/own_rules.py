"""A project's own rules of the gate: src/rules.py, a function of the report."""

from pathlib import Path

from harness.core.errors import ProjectError
from harness.core.hooks import call_hook
from harness.core.loader import load_hook
from harness.report.report import Report, Rule

RULES_FILE = Path("src/rules.py")


def own_rules(report: Report, folder: Path) -> list[Rule]:
    """What a project's rules say of a report; a base from before there were any has none.

    A base's file runs on this version of the harness. A file that fails is a rule that failed.
    """
    if not (folder / RULES_FILE).exists():
        return []
    try:
        found = call_hook(load_hook("rules", "rules", folder), object, report)
        if not isinstance(found, list) or not all(isinstance(rule, Rule) for rule in found):
            raise ProjectError(f"{RULES_FILE}: rules must return a list of Rule, got {found!r:.200}")
    except ProjectError as error:
        return [Rule(rule=str(RULES_FILE), value=None, state="fail", reason=str(error)[:2000])]
    return found


def rules_differ(one: Path, other: Path) -> bool:
    """Whether two folders hold different rules of their own."""
    files = [folder / RULES_FILE for folder in (one, other)]
    before, after = (file.read_bytes() if file.exists() else b"" for file in files)
    return before != after
