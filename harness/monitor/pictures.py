"""Pictures of a look: how far the columns have moved, and the evidence of a loss over all looks."""

from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from harness.evaluate.canvas import blank, save_picture, styled
from harness.evaluate.colours import BLUE, GREY, RED
from harness.monitor.drift import MARGIN
from harness.monitor.findings import Look
from harness.monitor.state import Entry

MOST_BARS = 25
COLOURS = {"loss shown": RED, "loss estimated": RED, "drift without shown loss": "#bf8700"}


def write_looks(look: Look, entries: list[Entry], folder: Path) -> list[str]:
    """Write the PNG files; their names."""
    with styled():
        figures = {"drift.png": _drift(look), "evidence.png": _evidence(look, entries)}
        for name, figure in figures.items():
            if figure is not None:
                save_picture(folder / name, figure)
    return [name for name, figure in figures.items() if figure is not None]


def _drift(look: Look) -> Figure | None:
    shown = sorted(look.drift, key=lambda one: one.distance)[-MOST_BARS:]
    if not shown:
        return None
    below = "share of rows that moved: as measured (pale), certainly (dark)"
    figure, axes = blank("Drift", below, "", (6, 1.2 + 0.28 * len(shown)))
    colors = [RED if one.shown else GREY for one in shown]
    axes.barh([one.column[:40] for one in shown], [one.distance for one in shown], color=colors, alpha=0.4)
    axes.barh([one.column[:40] for one in shown], [one.lower for one in shown], color=colors)
    axes.axvline(MARGIN, color=BLUE, linestyle="--", linewidth=1)
    axes.set_xlim(0, 1)
    return figure


def _evidence(look: Look, entries: list[Entry]) -> Figure | None:
    if not look.risks or not entries:
        return None
    below = "look (pale: nothing; yellow: drift; red: a loss is shown or estimated)"
    figure, axes = blank("The looks at this model", below, "evidence of a loss", (6, 3))
    highest = [entry.purses[0].highest if entry.purses else 1.0 for entry in entries]
    numbers = [entry.look + 1 for entry in entries]
    axes.plot(numbers, highest, color=BLUE, linewidth=1)
    axes.scatter(numbers, highest, c=[COLOURS.get(entry.outcome, GREY) for entry in entries], s=24, zorder=3)
    axes.axhline(look.risks[0].needed, color=RED, linestyle="--", linewidth=1)
    axes.set_yscale("log")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure
