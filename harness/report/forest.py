"""The one picture on top: every change with its joint interval, as a forest plot; and its numbers in words."""

from pathlib import Path
from typing import NamedTuple

from harness.evaluate.canvas import blank, save_picture, styled
from harness.evaluate.colours import INK
from harness.report.escape import visible
from harness.report.look import VERDICT_COLOURS, VERDICT_MARKERS
from harness.report.numbers import signed, signed_interval
from harness.report.report import Change, Report

CHANGES_PICTURE = "changes.png"
MOST_LINES = 30
FOREST_WIDTH = 5.2  # inches: on a phone its text is still 10 pixels high, so the intervals stand in the table alone
SPOKEN = frozenset(" .,;:_()+=%/≥≤−–…")  # signs of an alternative text, beside letters and digits


class ForestLine(NamedTuple):
    """One change to draw, as gain: what is better lies to the right."""

    name: str
    change: Change
    gain: float
    low: float
    high: float
    allowed: float | None  # the gain from which on the gate minds

    @property
    def mirrored(self) -> bool:
        """Whether less is better, so that the gain's sign is not the change's."""
        return self.change.better == "lower"


def write_forest(report: Report, folder: Path) -> str:
    """Write the picture, if there is any interval; its alternative text, empty without a picture."""
    lines = forest_lines(report)
    if not lines:
        return ""
    with styled():
        figure, axes = blank(
            "", _legend(lines, report.task == "regression"), "", (FOREST_WIDTH, 1.15 + 0.34 * len(lines))
        )
        axes.axvline(0, color=INK, linewidth=1)
        for row, line in enumerate(reversed(lines)):
            colour = VERDICT_COLOURS[line.change.verdict]
            axes.plot([line.low, line.high], [row, row], color=colour, linewidth=3, solid_capstyle="round")
            axes.plot([line.gain], [row], VERDICT_MARKERS[line.change.verdict], color=colour, markersize=8)
            if line.allowed is not None:
                axes.plot([line.allowed] * 2, [row - 0.35, row + 0.35], color=INK, linewidth=2, linestyle=":")
            told, at = signed(line.change.change), ("axes fraction", "data")
            axes.annotate(told, (1.01, row), xycoords=at, va="center", color=colour)
        axes.set_yticks(range(len(lines)), [f"{line.name}{' ↓' * line.mirrored}" for line in reversed(lines)])
        axes.grid(visible=False, axis="y")
        axes.locator_params(axis="x", nbins=4)
        axes.margins(y=0.5 / len(lines))
        save_picture(folder / CHANGES_PICTURE, figure)
    return alternative_text(lines)


def forest_lines(report: Report) -> list[ForestLine]:
    """The changes that have an interval: the primary metric, the others, then the slices."""
    ordered = sorted(report.changes, key=lambda change: change.metric != report.primary)
    found = [(change.metric, change) for change in ordered]
    found += [(f"{held.metric}, best published", held.change) for held in report.best if held.change]
    for part in report.slices:
        found += [(f"{change.metric}, {part.column} = {part.value}", change) for change in part.changes]
    lines = [_line(visible(name)[:40], change, report.task == "regression") for name, change in found]
    return [line for line in lines if line][:MOST_LINES]


def alternative_text(lines: list[ForestLine]) -> str:
    """What the picture shows, for who cannot see it: with nothing in it that Markdown could read."""
    told = "; ".join(
        f"{line.name} {line.change.verdict} {signed(line.change.change)} "
        f"({signed_interval(line.change.low, line.change.high)})"
        for line in lines
    )
    plain = "".join(sign if sign.isalnum() or sign in SPOKEN else " " for sign in told)
    return f"Changes with joint 95 % intervals: {plain.replace('www.', 'www ').replace('://', ' ')}"


def _legend(lines: list[ForestLine], relative: bool) -> str:
    """What the axis means, and the signs that are drawn."""
    signs = ["dotted: what the gate allows"] if any(line.allowed is not None for line in lines) else []
    if any(line.mirrored for line in lines):
        signs.append("↓: less is better, drawn mirrored")
    unit = "% of the base's value" if relative else "in the metric's own units"
    return "\n".join([f"worse ← 0 → better, {unit}", *signs])


def _line(name: str, change: Change, relative: bool) -> ForestLine | None:
    if change.change is None or change.low is None or change.high is None:
        return None
    sign = 1 if change.better == "higher" else -1
    scale: float = sign
    if relative:
        if not change.base:
            return None
        scale = sign * 100 / abs(change.base)
    low, high = sorted((scale * change.low, scale * change.high))
    allowed = -abs(scale) * change.allowed if change.allowed is not None else None
    return ForestLine(name, change, scale * change.change, low, high, allowed)
