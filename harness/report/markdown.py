"""report.json → report.md and pictures. Whatever a report holds is shown as text: nothing in it can become markup."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from harness.core.files import write_bytes
from harness.report.escape import folded, number, shorten, signed, text
from harness.report.pictures import write_pictures
from harness.report.report import Change, Report, Rule, SliceChange, ValueChange

SHOWN = 20  # rows of one folded table
MARKS = {"better": "🟢&nbsp;better", "worse": "🔴&nbsp;worse", "no evidence": "⚪&nbsp;no&nbsp;evidence"}
STATES = {"pass": "✅", "fail": "❌", "not evaluable": "➖"}
SIGNS = {"A": "added", "M": "changed", "D": "removed", "T": "changed"}


def render(report: Report, folder: Path) -> None:
    """Write report.md and the pictures that it shows."""
    pictures = write_pictures(report, folder)
    write_bytes(folder / "report.md", to_markdown(report, pictures).encode())


def to_markdown(report: Report, pictures: Sequence[str] = ()) -> str:
    """The comment: a headline that says whether to merge, the table, the gate, and the rest folded."""
    sections = [
        *(folded("Slices", _slices(report)) if report.slices else []),
        *(folded("Curves, both models in one picture", _pictures(pictures)) if pictures else []),
        *(folded("Predictions that changed", _flips(report)) if report.flips else []),
        *folded("What changed", _what_changed(report)),
        *folded("How to reproduce this, and what the columns mean", _reproduce(report)),
    ]
    head = [f"## {headline(report)}", "", *_notes(report), *_metrics(report), "", *_gate(report), ""]
    return shorten("\n".join([*head, *sections]))


def headline(report: Report) -> str:
    """Should this be merged? In one line."""
    if report.overridden_by:
        return f"⚠️ The gate was overridden by {text(report.overridden_by)}"
    failed = [rule for rule in report.gate if rule.state == "fail"]
    refused = "❌ Not published" if report.gate_source == "main" else "❌ Do not merge"
    if report.base_state == "failed":
        return f"{refused}: the base cannot be reproduced"
    if report.base_state == "not comparable":
        return f"{refused}: the two models are not comparable"
    if failed:
        rules = text(failed[0].rule) if len(failed) == 1 else f"{len(failed)} of {len(report.gate)} rules"
        return f"{refused}: {rules} of the gate failed"
    if report.base_state == "first run":
        return "✅ First model: there is none to compare with, and the rules on values hold"
    return f"✅ The gate holds: {_primary(report)}"


def _primary(report: Report) -> str:
    change = next((change for change in report.changes if change.metric == report.primary), None)
    name = text(report.primary)
    if change is None or change.change is None:
        return f"{name} is undefined on these rows"
    if change.change == 0 and change.low == change.high == 0:
        return "both models predict the same"
    if change.verdict in {"better", "worse"}:
        return f"{name} is {change.verdict} ({signed(change.change)})"
    return f"no evidence that {name} changed ({signed(change.change)})"


def _notes(report: Report) -> list[str]:
    notes = []
    if report.base_reason:
        notes.append(f"> {text(report.base_reason, 1500)}")
    if report.gate_rules and report.gate_source == "base":
        notes.append("> The rules of the gate are changed here; this run is judged by those of the base.")
    if report.gate_source == "main" and report.base_commit:
        rules = " They changed since." if report.gate_rules else ""
        notes.append(f"> The base is the model that was published last; main's own rules apply.{rules}")
    if report.gate_source == "candidate" and report.base_state != "first run":
        notes.append("> The base has no gate; this run is judged by its own rules.")
    if report.rows_left_out:
        notes.append(f"> {report.rows_left_out} test rows are left out: the base model was trained on them.")
    return [line for note in notes for line in (note, "")]


def _metrics(report: Report) -> list[str]:
    lines = [
        f"| metric ({report.rows} test rows) | base | this | change | 95 % interval | verdict | could show |",
        "|---|--:|--:|--:|---|---|--:|",
    ]
    for change in sorted(report.changes, key=lambda change: change.metric != report.primary):
        name = text(change.metric)
        arrow = "" if change.verdict == "removed" else " ↑" if change.better == "higher" else " ↓"
        shown = f"**{name}**{arrow}" if change.metric == report.primary else f"{name}{arrow}"
        lines.append(f"| {shown} | {number(change.base)} | {number(change.candidate)} | {_columns(change)} |")
    return lines


def _columns(change: Change) -> str:
    interval = f"{signed(change.low)}&nbsp;…&nbsp;{signed(change.high)}" if change.low is not None else ""
    verdict = MARKS.get(change.verdict, "" if change.verdict == "not evaluable" else change.verdict)
    could_show = f"±{number(change.detectable)}" if change.detectable else ""
    return f"{signed(change.change)} | {interval} | {verdict} | {could_show}"


def _gate(report: Report) -> list[str]:
    if not report.gate:
        return ["No rules are set for the gate (`params.yaml`: `gates`)."]
    failed_first = sorted(report.gate, key=lambda rule: rule.state != "fail")
    return ["| gate | rule | found | |", "|---|---|--:|---|", *(_rule(rule) for rule in failed_first)]


def _rule(rule: Rule) -> str:
    return (
        f"| {STATES[rule.state]} {rule.state} | {text(rule.rule)} | {number(rule.value)} | {text(rule.reason, 300)} |"
    )


def _slices(report: Report) -> list[str]:
    lines = [
        f"| {text(report.primary)} of | rows | base | this | change | 95 % interval | verdict | could show |",
        "|---|--:|--:|--:|--:|---|---|--:|",
    ]
    return lines + [_slice(part, report.primary) for part in report.slices[: 5 * SHOWN]]


def _slice(part: SliceChange, primary: str) -> str:
    name = f"{text(part.column)} = {text(part.value)}"
    change = next((change for change in part.changes if change.metric == primary), None)
    if change is None:
        return f"| {name} | {part.rows} | | | | | {text(part.not_evaluable or '')} | |"
    return f"| {name} | {part.rows} | {number(change.base)} | {number(change.candidate)} | {_columns(change)} |"


def _pictures(names: Iterable[str]) -> list[str]:
    return [f"![{name.removesuffix('.png')}]({name})" for name in names]


def _flips(report: Report) -> list[str]:
    flips = report.flips
    if flips is None:
        return []
    total = flips.to_right + flips.to_wrong + flips.wrong_to_wrong
    return [
        f"{total} of {report.rows} labels changed: {flips.to_right} are right now, {flips.to_wrong} are wrong now, "
        f"{flips.wrong_to_wrong} are wrong in another way."
    ]


def _what_changed(report: Report) -> list[str]:
    lines = [
        *_values("Parameters", report.params),
        *_values("Rules of the gate", report.gate_rules),
        *_values("Packages", report.packages),
        *_data(report),
    ]
    if report.files:
        listed = [f"{SIGNS.get(name[:1], 'changed')} {text(name[2:])}" for name in report.files[:SHOWN]]
        more = [f"and {len(report.files) - SHOWN} more"] if len(report.files) > SHOWN else []
        lines += ["**Files**", "", *(f"- {item}" for item in listed + more)]
    return lines or ["Nothing."]


def _values(title: str, changes: Sequence[ValueChange]) -> list[str]:
    if not changes:
        return []
    rows = [f"| {text(c.key)} | {_value(c.old)} | {_value(c.new)} |" for c in changes[:SHOWN]]
    more = [f"| and {len(changes) - SHOWN} more | | |"] if len(changes) > SHOWN else []
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
        parts += [f"column {text(name)} {what}" for name in names[:SHOWN]]
    parts += [
        f"distribution of {text(shift.column)} moved (PSI {shift.psi:.2f})" for shift in data.shifts if shift.psi > 0.2
    ]
    return [f"**Data**: {'; '.join(parts)}", ""] if parts else []


def _reproduce(report: Report) -> list[str]:
    dirty = " with uncommitted changes" if report.dirty else ""
    hashes = ", ".join(f"{name} `{value[:12]}`" for name, value in sorted(report.hashes.items()))
    base = report.base_commit or "none"
    return [
        f"`git checkout {report.commit[:12]} && {_command(report)}`",
        "",
        f"Commit `{report.commit}`{dirty}, base `{base}`; {hashes}.",
        "",
        "Both models are scored on the same rows and the same bootstrap resamples; the interval is that of the change. "
        "A verdict takes more than an interval that leaves out 0: the primary metric (bold) is tested first, at 4 %; "
        "all others share 1 % (Holm), or 5 % once the primary metric has its verdict. So noise alone brings a verdict "
        "into at most 5 reports of 100. What the test could show is the smallest change that it finds in 4 of 5 cases, "
        "for the primary metric.",
    ]


def _command(report: Report) -> str:
    base, folder = report.base_commit, "artifacts/published"
    if base is None:
        return "make pipeline"
    if report.gate_source == "main":
        fetch = f"gh release download model-{base} --dir {folder} && echo {base} > {folder}/commit"
        return f"{fetch} && make report PUBLISHED={folder}"
    return f"make report BASE={base[:12]}"
