"""A look as Markdown, in the report's style: what to do first, then the tables. No value of a row is in it."""

from pathlib import Path

from harness.core.files import write_bytes
from harness.monitor.advice import HEADS, VOID, advice, units
from harness.monitor.budget import BETTING, DRIFT, ESTIMATE, LABELLED, QUALITY
from harness.monitor.findings import Drifted, Look, Shown
from harness.report.escape import cut_comment, folded, text
from harness.report.numbers import interval, number, signed

SHOWN_ROWS = 30


def write_markdown(look: Look, folder: Path, pictures: list[str]) -> None:
    """Write monitor.md."""
    write_bytes(folder / "monitor.md", to_text(look, pictures).encode())


def to_text(look: Look, pictures: list[str] | None = None) -> str:
    """The whole page."""
    lines = [f"## {HEADS[look.outcome]}: model {text(look.model)}", "", text(look.reason, 400)]
    lines += ["", said] if (said := advice(look)) else []
    lines += ["", f"> {VOID}: {text(look.void, 300)}"] if look.void else []
    lines += ["", f"{_period(look)}", "", *_risks(look), *_estimated(look), *_truth(look)]
    lines += [f"> {text(notice, 300)}" for notice in look.notices] + [""]
    lines += folded("Drift and quality", [*_drift(look), "", *_quality(look)]) if look.drift else []
    lines += folded("Metrics of the rows with a label", _metrics(look)) if look.metrics else []
    lines += folded("Pictures", [f"![{name.removesuffix('.png')}]({name})" for name in pictures]) if pictures else []
    lines += folded("What the alarms' budget is", _budget(look))
    return cut_comment("\n".join(lines))


def _period(look: Look) -> str:
    between = f" from {look.since} to {look.until}" if look.since and look.until else ""
    refused = f"; {sum(look.refused.values())} were refused" if look.refused else ""
    return f"Look {look.number + 1} at this model: {look.rows} rows{between}{refused}."


def _risks(look: Look) -> list[str]:
    head = f"| labelled loss of | test | limit | now | {units(look)} judged | evidence | |"
    lines = [head, "|---|--:|--:|--:|--:|--:|---|", *(_risk(risk) for risk in look.risks[:SHOWN_ROWS]), ""]
    return lines + ([f"All rows of one {text(look.group)} are one group, which counts once.", ""] if look.group else [])


def _risk(risk: Shown) -> str:
    name = "**all rows**" if risk.column is None else f"{text(risk.column)} = {text(risk.value or '')}"
    evidence = f"{risk.evidence:.3g} of {risk.needed:.3g}"
    small = f"detectable from {number(risk.detectable)}" if risk.detectable is not None else "too few"
    cells = [name, number(risk.test), number(risk.limit), number(risk.now), str(risk.units), evidence]
    return f"| {' | '.join(cells)} | {'🔴 shown' if risk.shown else small} |"


def _estimated(look: Look) -> list[str]:
    found = look.estimated
    if found is None:
        return ["No loss is estimated: this needs the log's rows with all their columns, and the test rows.", ""]
    low = "too few test rows look like today's" if found.least is None else f"the change is above {signed(found.least)}"
    low += f", an alarm from {signed(found.margin)} on" if found.margin is not None else ""
    mark = "🟠 " if found.shown else ""
    said = f"{mark}Estimated loss without labels: {number(found.loss)} (test {number(found.test)}; {low})."
    return [f"{said} It cannot see a changed relation between features and target.", ""]


def _truth(look: Look) -> list[str]:
    truth = look.truth
    if truth is None:
        return []
    share = f" ({truth.labelled / truth.closed_rows:.0%})" if truth.closed_rows else ""
    problems = {
        "given twice": truth.repeated,
        "given in two ways and left out": truth.contradictory,
        "of rows that are not in the log": truth.unmatched,
        "too late, for rows that were judged before": truth.late,
    }
    said = [f"{count} {what}" for what, count in problems.items() if count]
    more = f"; of {truth.given} labels {', '.join(said)}" if said else ""
    old = f"rows that are old enough (`monitor.delay`), {truth.labelled}{share} have a label"
    return [f"Of {truth.closed_rows} {old}{more}.", ""]


def _drift(look: Look) -> list[str]:
    lines = ["| column | rows | moved | at least | detectable | PSI | |", "|---|--:|--:|--:|--:|--:|---|"]
    ordered = [*look.drift[:1], *sorted(look.drift[1:], key=lambda one: -one.lower)]
    return lines + [_drifted(one) for one in ordered[:SHOWN_ROWS]]


def _drifted(one: Drifted) -> str:
    cells = [f"{one.distance:.1%}", f"{one.lower:.1%}", f"{one.detectable:.0%}", f"{one.stability_index:.2f}"]
    return f"| {text(one.column)} | {one.rows} | {' | '.join(cells)} | {'🟡 drift' if one.shown else ''} |"


def _quality(look: Look) -> list[str]:
    lines = ["| column | | test | now | rose at least | |", "|---|---|--:|--:|--:|---|"]
    some = [one for one in look.quality if one.now > 0 or one.before > 0]
    for one in sorted(some, key=lambda one: -one.least)[:SHOWN_ROWS]:
        cells = [text(one.column), one.what, f"{one.before:.1%}", f"{one.now:.1%}", f"{one.least:.1%}"]
        lines.append(f"| {' | '.join(cells)} | {'🟡 risen' if one.shown else ''} |")
    refused = [f"{rows} refused: {text(reason)}" for reason, rows in look.refused.items()]
    return [*lines, *(["", *(f"- {line}" for line in refused)] if refused else [])]


def _metrics(look: Look) -> list[str]:
    lines = ["| metric | test | now | 95 % interval |", "|---|--:|--:|---|"]
    for one in look.metrics:
        between = interval(one.low, one.high).replace(" ", "&nbsp;")
        lines.append(f"| {text(one.metric)} | {number(one.test)} | {number(one.now)} | {between} |")
    return lines


def _budget(look: Look) -> list[str]:
    shares = f"quality {QUALITY:.1%}, drift {DRIFT:.1%}, estimated loss {ESTIMATE:.1%}, labelled loss {LABELLED:.1%}"
    return [
        "If nothing changes, the chance of any alarm in this model's whole deployed life is at most 5 %, however often "
        f"one looks: {shares} ({BETTING:.1%} of it for the evidence, the rest for the test rows' own error). "
        "`moved` is the share of rows that would have to move to make the column what it was in the test. Drift is "
        "shown if that share is certainly above a tenth. A labelled loss is shown if its evidence, which starts at 1, "
        f"reaches the number after `of`. This was look {look.number + 1}."
    ]
