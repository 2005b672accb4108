"""The comment's tables: the metrics, the gate, the slices; and the labels that changed."""

from collections.abc import Iterator, Sequence

from harness.report.escape import folded, prose, text
from harness.report.gate_outcome import found_number
from harness.report.look import FOLDED_ROWS, RULE_SIGNS, SAME_MODEL, VERDICT_SIGNS
from harness.report.numbers import number, signed, signed_interval
from harness.report.report import Change, Report, Rule, SliceChange


def metrics_table(report: Report) -> list[str]:
    """Each metric of both models on all rows, the primary one first."""
    if all(change.verdict == "new" for change in report.changes):
        return _values_alone(report)
    ordered = sorted(report.changes, key=lambda change: change.metric != report.primary)
    judged = [change for change in ordered if change.verdict != "not evaluable"]
    unjudged = [change for change in ordered if change.verdict == "not evaluable"]
    head = (
        f"| metric ({report.rows} rows) | change | verdict | joint 95 % interval | base | this | smallest detectable |"
    )
    lines = [head, "|---|--:|---|---|--:|--:|--:|"] if judged else []
    lines += [f"| {_name(change, report.primary)} | {_columns(change, report.same_model)} |" for change in judged]
    return [*lines, *[""] * bool(judged and unjudged), *_without_interval(unjudged, report.primary)]


def _without_interval(changes: Sequence[Change], primary: str) -> list[str]:
    """A table of their own, for their names and reasons are long: on a phone they would push the verdicts out."""
    rows = [
        f"| {_name(change, primary)} | {signed(change.change)} | {number(change.base)} | {number(change.candidate)} "
        f"| {prose(change.reason)} |"
        for change in changes
    ]
    return ["| without interval | change | base | this | why |", "|---|--:|--:|--:|---|", *rows] if rows else []


def _values_alone(report: Report) -> list[str]:
    """Of a model that is compared with none."""
    rows = [
        f"| {_name(change, report.primary)} | {number(change.candidate)} |"
        for change in sorted(report.changes, key=lambda change: change.metric != report.primary)
    ]
    return [f"| metric ({report.rows} rows) | this |", "|---|--:|", *rows]


def _name(change: Change, primary: str) -> str:
    name = text(change.metric)
    arrow = "" if change.verdict == "removed" else " ↑" if change.better == "higher" else " ↓"
    return f"**{name}**{arrow}" if change.metric == primary else f"{name}{arrow}"


def _columns(change: Change, same_model: bool) -> str:
    """What changed comes first: a phone shows the first columns alone. Without an interval its place has the reason."""
    found = signed_interval(change.low, change.high).replace(" ", "\N{NO-BREAK SPACE}") or prose(change.reason)
    verdict = VERDICT_SIGNS.get(change.verdict, change.verdict)
    if same_model and change.verdict == "no evidence":
        verdict = f"⚪ {SAME_MODEL}"
    detectable = f"±{number(change.detectable)}" if change.detectable else ""
    values = f"{number(change.base)} | {number(change.candidate)}"
    return f"{signed(change.change)} | {verdict} | {found} | {values} | {detectable}"


def training_table(report: Report) -> list[str]:
    """Cross-validated scores: what to choose by, so that the test rows stay a judge."""
    if not report.cv:
        return []
    rows = [f"| {text(score.metric)} | {number(score.base)} | {number(score.candidate)} |" for score in report.cv]
    return [
        "Choose among variants by these; the test rows above are for judging the one that is chosen.",
        "",
        "| cross-validated, on the training rows | base | this |",
        "|---|--:|--:|",
        *rows,
    ]


def gate_table(report: Report) -> list[str]:
    """Each rule and how it came out, what failed first."""
    if not report.gate:
        if report.base_state == "first run":
            return ["Only a rule on a value can judge a first model (`params.yaml`: `gates`, `min` or `max`)."]
        return ["No rules are set for the gate (`params.yaml`: `gates`)."]
    return _rules("gate", report.gate)


def own_gate_table(report: Report) -> list[str]:
    """What the candidate's own rules would say, where they differ from those that decide."""
    if not report.own_gate:
        return []
    failed = sum(rule.state == "fail" for rule in report.own_gate)
    outcome = f"fail ({failed} of {len(report.own_gate)} rules)" if failed else "hold"
    lines = _rules("your gate", report.own_gate)
    return [f"With the rules of this branch the gate would {outcome}.", "", *folded("Your rules", lines)]


def _rules(title: str, rules: Sequence[Rule]) -> list[str]:
    failed_first = sorted(rules, key=lambda rule: rule.state != "fail")
    return [f"| {title} | found | rule |", "|---|--:|---|", *map(_rule, failed_first)]


def _rule(rule: Rule) -> str:
    state = f"{RULE_SIGNS[rule.state]}\N{NO-BREAK SPACE}{rule.state}"
    why = f": {prose(rule.reason)}" if rule.reason else ""
    return f"| {state} | {found_number(rule)} | {text(rule.rule)}{why} |"


def slices_table(report: Report) -> list[str]:
    """The primary metric of each slice, and those that rules name."""
    if not report.slices:
        return []
    parts = report.slices[: 5 * FOLDED_ROWS]
    if all(change.verdict == "new" for part in report.slices for change in part.changes):
        rows = [row for part in parts for row in _slice_alone(part, report.primary)]
        return [f"| {text(report.primary)} of | rows | this |", "|---|--:|--:|", *rows]
    lines = [
        f"| {text(report.primary)} of | change | verdict | joint 95 % interval | base | this "
        "| smallest detectable | rows |",
        "|---|--:|---|---|--:|--:|--:|--:|",
    ]
    return lines + [row for part in parts for row in _slice(part, report)]


def _slice_alone(part: SliceChange, primary: str) -> Iterator[str]:
    if not part.changes:
        yield f"| {_part(part)} | {part.rows} | {prose(part.not_evaluable or '')} |"
    for change in part.changes:
        yield f"| {_measured(part, change, primary)} | {part.rows} | {number(change.candidate)} |"


def _slice(part: SliceChange, report: Report) -> Iterator[str]:
    if not part.changes:
        yield f"| {_part(part)} | | not evaluable | {prose(part.not_evaluable or '')} | | | | {part.rows} |"
    for change in part.changes:
        yield f"| {_measured(part, change, report.primary)} | {_columns(change, report.same_model)} | {part.rows} |"


def _part(part: SliceChange) -> str:
    return f"{text(part.column)} = {text(part.value)}"


def _measured(part: SliceChange, change: Change, primary: str) -> str:
    """The slice; before it the metric, if it is not the one of the table's head."""
    return _part(part) if change.metric == primary else f"{text(change.metric)} of {_part(part)}"


def flips_line(report: Report) -> list[str]:
    """How many labels changed, and which way."""
    flips = report.flips
    if flips is None:
        return []
    if not (flips.to_right or flips.to_wrong or flips.wrong_to_wrong):
        return [f"Not one of {report.rows} labels changed."]
    total = flips.to_right + flips.to_wrong + flips.wrong_to_wrong
    ways = [f"{flips.to_right} are right now", f"{flips.to_wrong} are wrong now"]
    ways += [f"{flips.wrong_to_wrong} are wrong in another way"] if flips.wrong_to_wrong else []
    return [f"{total} of {report.rows} labels changed: {', '.join(ways)}."]
