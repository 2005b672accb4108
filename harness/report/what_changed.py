"""What changed besides the metrics, as Markdown: parameters, rules, packages, data, files."""

from collections.abc import Sequence

from harness.report.escape import text
from harness.report.look import FILE_SIGNS, FOLDED_ROWS
from harness.report.report import Report, ValueChange


def what_changed(report: Report) -> list[str]:
    """A table or a list for each kind of change; nothing of a first model, of which everything is new."""
    if report.base_state == "first run":
        return []
    lines = [
        *_values("Parameters", report.params),
        *_values("Rules of the gate", report.gate_rules),
        *_values("Packages", report.packages),
        *_data(report),
    ]
    if report.files:
        listed = [f"{FILE_SIGNS.get(name[:1], 'changed')} {text(name[2:])}" for name in report.files[:FOLDED_ROWS]]
        more = [f"and {len(report.files) - FOLDED_ROWS} more"] if len(report.files) > FOLDED_ROWS else []
        lines += ["**Files**", "", *(f"- {item}" for item in listed + more)]
    return lines or ["Nothing."]


def _values(title: str, changes: Sequence[ValueChange]) -> list[str]:
    if not changes:
        return []
    rows = [f"| {text(c.key)} | {_value(c.old)} | {_value(c.new)} |" for c in changes[:FOLDED_ROWS]]
    more = [f"| and {len(changes) - FOLDED_ROWS} more | | |"] if len(changes) > FOLDED_ROWS else []
    return [f"| {title} | base | this |", "|---|---|---|", *rows, *more, ""]


def _value(value: str | None) -> str:
    return "–" if value is None else text(value)


def _data(report: Report) -> list[str]:
    data = report.data
    if data is None:
        return []
    parts = [
        f"{count} rows {what}"
        for count, what in ((data.added, "added"), (data.removed, "removed"), (data.changed, "changed"))
        if count
    ]
    for names, what in ((data.columns_added, "added"), (data.columns_removed, "removed")):
        parts += [f"column {text(name)} {what}" for name in names[:FOLDED_ROWS]]
    parts += [
        f"distribution of {text(shift.column)} moved (PSI {shift.psi:.2f})" for shift in data.shifts if shift.psi > 0.2
    ]
    return [f"**Data**: {'; '.join(parts)}", ""] if parts else []
