"""The replay for people: Markdown for a file, and the same in short on the terminal."""

from collections.abc import Iterator

from harness.compare.shadow_data import AnswersApart, MeasuredPart, Shadow
from harness.report.escape import prose, text, visible
from harness.report.numbers import number, signed, signed_interval


def shadow_markdown(shadow: Shadow) -> str:
    """All of it, as shadow.md."""
    lines = [f"## {headline_of(shadow)}", "", *(f"> {prose(note)}\n" for note in shadow_notes(shadow))]
    lines += ["| rows of | rows | labels changed | mean difference | largest |", "|---|--:|--:|--:|--:|"]
    lines += [f"| {' | '.join([text(name_of(part)), *_numbers(part)])} |" for part in shadow.moved]
    lines += ["", *_latency(shadow), ""]
    if shadow.measured:
        lines += ["| metric | rows | running | candidate | change | joint 95 % interval | verdict |"]
        lines += ["|---|--:|--:|--:|--:|---|---|", *_metrics(shadow.measured), ""]
    if shadow.largest:
        lines += ["**The answers that lie farthest apart** (changed labels first)", ""]
        lines += ["| request/row | running | candidate | columns |", "|---|---|---|---|"]
        for row in shadow.largest:
            columns = ", ".join(f"{name} = {value}" for name, value in row.columns.items())
            cells = (text(row.request), text(row.running), text(row.candidate), text(columns, 300))
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines).rstrip() + "\n"


def print_shadow(shadow: Shadow) -> None:
    """Print the first part of shadow.md."""
    print(f"\n{headline_of(shadow)}")
    for note in shadow_notes(shadow):
        print(visible(note))
    print(f"\n{'rows of':32} {'rows':>8} {'changed':>8} {'mean':>9} {'largest':>9}")
    for part in shadow.moved:
        rows, changed, mean, largest = _numbers(part)
        print(f"{visible(name_of(part))[:32]:32} {rows:>8} {changed:>8} {mean:>9} {largest:>9}")
    print("\n" + "\n".join(_latency(shadow)))
    for found in shadow.measured:
        for change in found.changes:
            interval = signed_interval(change.low, change.high)
            values = (
                f"{number(change.base):>9} {number(change.candidate):>9} {signed(change.change):>9}   {interval:19}"
            )
            name = change.metric if found.column is None else f"{change.metric}, {name_of(found)}"
            print(f"{visible(name)[:32]:32} {values} {change.reason or change.verdict}")


def headline_of(shadow: Shadow) -> str:
    """How many answers would have been others, in one line."""
    whole = shadow.moved[0]
    what = f"{whole.changed:,} labels would have changed" if whole.changed is not None else "values compared"
    between = f"{shadow.first[:19]} to {shadow.last[:19]} UTC"
    return f"{whole.rows:,} requested rows ({between}): {what}, model {shadow.running} → {shadow.candidate}"


def shadow_notes(shadow: Shadow) -> Iterator[str]:
    """What a reader must know of the log and of the candidate, a line each."""
    yield from shadow.notices
    for name, count in shadow.refused.items():
        yield f"{count} rows would be refused: the candidate's contract does not allow their {name}"
    if shadow.logged_apart > 1e-5:
        yield f"the running model's file answers up to {number(shadow.logged_apart)} away from what the log says"


def name_of(part: AnswersApart | MeasuredPart) -> str:
    """all rows, or column = value."""
    return "all rows" if part.column is None else f"{part.column} = {part.value}"


def _numbers(part: AnswersApart) -> list[str]:
    changed = "" if part.changed is None else f"{part.changed:,}"
    return [f"{part.rows:,}", changed, number(part.mean), number(part.largest)]


def _latency(shadow: Shadow) -> list[str]:
    told = (f"{name} {found[0]:.0f} µs (99 %: {found[1]:.0f} µs)" for name, found in shadow.latency.items())
    return [f"One row in process, median: {', '.join(told)}."]


def _metrics(measured: list[MeasuredPart]) -> Iterator[str]:
    for part in measured:
        place = "" if part.column is None else f" of {part.column} = {part.value}"
        if part.not_evaluable:
            yield f"| {prose(place or 'all rows')} | {part.rows} | | | | | {prose(part.not_evaluable)} |"
        for change in part.changes:
            interval = signed_interval(change.low, change.high)
            values = (number(change.base), number(change.candidate), signed(change.change), interval)
            shown = prose(change.reason or change.verdict)
            yield f"| {prose(change.metric + place)} | {part.rows} | {' | '.join(values)} | {shown} |"
