"""How every picture looks: colours, lines, sizes; and how one is saved.

The ground is transparent and the ink a grey that reads on white and on black: pages have a light and a dark mode.
"""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from cycler import cycler
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.core.files import replacing

BLUE, GREEN, RED, GREY, INK = "#1f6feb", "#2da44e", "#e5534b", "#8c959f", "#6e7781"
LOOK: Any = {
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": INK,
    "grid.alpha": 0.25,
    "axes.axisbelow": True,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.prop_cycle": cycler(color=[BLUE, RED, GREEN, "#9a6700", "#8250df", INK]),
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    **dict.fromkeys(("text.color", "axes.labelcolor", "axes.titlecolor", "axes.edgecolor"), INK),
    **dict.fromkeys(("xtick.color", "ytick.color"), INK),
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
