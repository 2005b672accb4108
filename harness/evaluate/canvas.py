"""How every picture looks: colours, lines, sizes; and how one is saved."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from cycler import cycler
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.core.files import replacing

BLUE, GREY = "#1f6feb", "#8c959f"
LOOK: Any = {
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "axes.axisbelow": True,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.prop_cycle": cycler(color=[BLUE, "#d1242f", "#1a7f37", "#9a6700", "#8250df", "#57606a"]),
    "font.size": 10,
    "legend.frameon": False,
    "text.parse_math": False,  # a class named $x$ is a name
}


def styled() -> AbstractContextManager[None]:
    """The look, for as long as the block draws."""
    return rc_context(LOOK)


def square(title: str, x: str, y: str, unit: bool = True) -> tuple[Figure, Axes]:
    """An empty square figure; with `unit` both axes run from 0 to 1."""
    figure, axes = blank(title, x, y, (4.6, 4.4))
    if unit:
        axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
    return figure, axes


def blank(title: str, x: str, y: str, size: tuple[float, float]) -> tuple[Figure, Axes]:
    """An empty figure of a size in inches."""
    figure = Figure(figsize=size, dpi=120, layout="constrained")
    axes = figure.add_subplot()
    axes.set(title=title, xlabel=x, ylabel=y)
    return figure, axes


def save_picture(path: Path, figure: Figure) -> None:
    """Write a PNG whole."""
    with replacing(path) as temporary:
        figure.savefig(temporary, format="png")
