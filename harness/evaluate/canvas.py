"""How every picture looks: lines, sizes, colours; and how one is saved.

The ground is transparent and the ink a grey that reads on white and on black: pages have a light and a dark mode.
"""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
from cycler import cycler
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from harness.core.files import replacing
from harness.evaluate.colours import BLUE, GREEN, INK, RED

PADDING = 6  # pixels around what is drawn
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
    figure = Figure(figsize=size, dpi=120)
    axes = figure.add_subplot()
    axes.set(title=title, xlabel=x, ylabel=y)
    return figure, axes


def panel_below(figure: Figure, axes: Axes, y: str) -> Axes:
    """A low panel under the axes, for how far y is from what it should be; x is the same."""
    figure.set_figheight(figure.get_figheight() * 1.35)
    grid = figure.add_gridspec(2, 1, height_ratios=(3, 1), hspace=0.12)
    axes.set_subplotspec(grid[0])
    below = figure.add_subplot(grid[1], sharex=axes)
    below.set(xlabel=axes.get_xlabel(), ylabel=y)
    axes.set(xlabel="", aspect="auto")
    axes.tick_params(labelbottom=False)
    return below


def save_picture(path: Path, figure: Figure) -> None:
    """Write a PNG whole, what is around the axes inside it."""
    _make_room(figure)
    with replacing(path) as temporary:
        figure.savefig(temporary, format="png")


def _make_room(figure: Figure) -> None:
    """Margins as wide as labels need them; matplotlib's own layouts draw everything three times for it."""
    canvas: Any = FigureCanvasAgg(figure)  # which has no types
    renderer, whole = canvas.get_renderer(), figure.bbox
    needed = np.zeros(4)
    for axes in figure.axes:
        axes.apply_aspect()
        inner, outer = axes.get_window_extent(renderer), axes.get_tightbbox(renderer)
        if outer is not None:
            sides = (inner.x0 - outer.x0, inner.y0 - outer.y0, outer.x1 - inner.x1, outer.y1 - inner.y1)
            needed = np.maximum(needed, sides)
    left, bottom, right, top = (needed + PADDING) / (whole.width, whole.height, whole.width, whole.height)
    figure.subplots_adjust(left=left, bottom=bottom, right=max(1 - right, left + 0.1), top=max(1 - top, bottom + 0.1))
