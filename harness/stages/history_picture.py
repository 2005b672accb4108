"""The picture of `make models`: the primary metric of every published version with its interval."""

from pathlib import Path

from matplotlib.axes import Axes

from harness.evaluate.canvas import blank, save_picture, styled
from harness.evaluate.colours import BLUE, GREY, INK
from harness.project.web_address import one_line
from harness.stages.registry import Registry, Version

MOST_DRAWN = 40
LARGEST_DRAWN = 1e100  # beyond it an axis of floats may have no length


def draw_history(registry: Registry, path: Path) -> str:
    """Draw the newest versions that have the newest one's metric; what the picture shows, empty without any."""
    metric = registry.versions[-1].facts.get("Metric", "")
    drawn = [one for one in registry.versions if one.facts.get("Metric") == metric and _is_drawable(one)][-MOST_DRAWN:]
    metric = one_line(metric)
    if not drawn:
        return ""
    with styled():
        figure, axes = blank(
            "", "", metric.replace("$", r"\$") + ", 95 % interval", (max(4.6, 0.55 * len(drawn) + 1.5), 3.6)
        )
        for place, version in enumerate(drawn):
            stages = [name for name in registry.stages() if _runs(registry, name, version)]
            _draw(axes, place, version, BLUE if stages else GREY)
            if stages:
                over = ("data", "axes fraction")
                axes.annotate("\n".join(stages), (place, 1.02), xycoords=over, ha="center", color=INK)
        axes.set_xticks(range(len(drawn)), [version.name for version in drawn], rotation=45, ha="right")
        axes.grid(visible=False, axis="x")
        axes.margins(x=0.5 / len(drawn))
        save_picture(path, figure)
    left = len(registry.versions) - len(drawn)
    older = f"; {left} older ones, or of another metric, are not drawn" if left else ""
    return f"{metric} of {len(drawn)} version{'s' if len(drawn) > 1 else ''}{older}"


def _is_drawable(version: Version) -> bool:
    numbers = [version.number(fact) for fact in ("Value", "Low", "High")]
    return numbers[0] is not None and all(abs(number) < LARGEST_DRAWN for number in numbers if number is not None)


def _draw(axes: Axes, place: int, version: Version, colour: str) -> None:
    value, low, high = (version.number(fact) for fact in ("Value", "Low", "High"))
    if low is not None and high is not None:
        axes.plot([place, place], [low, high], color=colour, linewidth=3, solid_capstyle="round")
    if value is not None:
        axes.plot([place], [value], "o", color=colour, markersize=7)


def _runs(registry: Registry, stage: str, version: Version) -> bool:
    found = registry.current(stage)
    return found is not None and found.version == version.name
