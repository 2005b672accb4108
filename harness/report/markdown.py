"""report.json → report.md, summary.md and pictures. Whatever a report holds is text: nothing in it can become markup.

Signs, colours and order stand in harness/report/look.py.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from harness.core.files import write_bytes
from harness.report.card_markdown import folded_card
from harness.report.checks import behaviour_table, coverage_table
from harness.report.escape import cut_comment, folded
from harness.report.forest import CHANGES_PICTURE, write_forest
from harness.report.headline import headline
from harness.report.look import FOLDED, OPEN
from harness.report.notes import how_to_reproduce, notes_on
from harness.report.pictures import curve_text, write_pictures
from harness.report.report import Report
from harness.report.tables import flips_line, gate_table, metrics_table, own_gate_table, slices_table, training_table
from harness.report.what_changed import what_changed

SECTIONS: dict[str, Callable[[Report], list[str]]] = {
    "notes": notes_on,
    "metrics": metrics_table,
    "gate": gate_table,
    "own_gate": own_gate_table,
    "cv": training_table,
    "slices": slices_table,
    "behaviour": lambda report: behaviour_table(report.behaviour),
    "coverage": lambda report: coverage_table(report.coverage),
    "flips": flips_line,
    "changes": what_changed,
    "card": lambda report: folded_card(report.card) if report.card else [],
    "reproduce": how_to_reproduce,
}


class Drawn(NamedTuple):
    """The names of the curves' pictures, and the alternative text of the one on top, empty without one."""

    pictures: Sequence[str]
    forest: str


def draw(report: Report, folder: Path) -> Drawn:
    """Write the pictures that report.md shows."""
    return Drawn(write_pictures(report, folder), write_forest(report, folder))


def render(report: Report, folder: Path, drawn: Drawn | None = None) -> None:
    """Write report.md and its pictures, unless they are drawn; and summary.md, for where pictures cannot be shown."""
    shown = to_markdown(report, *(drawn or draw(report, folder)))
    write_bytes(folder / "report.md", shown.encode())
    write_bytes(folder / "summary.md", to_markdown(report).encode())


def to_markdown(report: Report, pictures: Sequence[str] = (), forest: str = "") -> str:
    """The comment: a headline that says whether to merge, what is always open, and the rest folded.

    `pictures` are the names of the curves' files, `forest` the alternative text of the picture on top.
    """
    sections = {name: write(report) for name, write in SECTIONS.items()} | {"curves": _images(report, pictures)}
    sections["forest"] = [f"![{forest}]({CHANGES_PICTURE})"] if forest else []
    lines = [f"## {headline(report)}", ""]
    for name in OPEN:
        lines += [*sections[name], ""] if sections[name] else []
    for name, title in FOLDED.items():
        lines += folded(title, sections[name]) if sections[name] else []
    return cut_comment("\n".join(lines))


def _images(report: Report, names: Iterable[str]) -> list[str]:
    return [f"![{curve_text(report, name.removesuffix('.png'))}]({name})" for name in names]
